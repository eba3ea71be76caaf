import pathlib

import tensorflow as tf

from benchmarks import served_gap
from benchmarks.case import serving_case


class _Subject:
    """A model whose pictures are twice their request."""

    def __init__(self):
        self.exported = []

    def export(self, folder, **options):
        self.exported.append(options)
        module = tf.Module()
        module.answer = tf.function(
            lambda rows: {"image_bytes": 2 * rows},
            input_signature=[tf.TensorSpec((None,), name="rows")],
        )
        tf.saved_model.save(
            module, str(folder), {"serving_default": module.answer}
        )
        return pathlib.Path(folder), 1

    def request(self, count):
        return {"rows": tf.zeros(count)}

    def caller(self):
        return lambda count: [None] * count

    def generator(self, count):
        return lambda rows: [rows, 2 * rows], (tf.zeros(count),)


def test_every_export_is_timed_beside_the_model(monkeypatch, capsys):
    subject = _Subject()
    monkeypatch.setattr(served_gap, "subject_of", lambda *args, **_: subject)
    case = serving_case("twice", "Twice", subject="twice")
    rows = list(served_gap.measure(case, [1, 3], 0.0))
    assert subject.exported == [
        {},
        {"row_by_row": True},
        {"jit_compile": True},
    ]
    assert [(row["export"], row["images"]) for row in rows] == [
        (export, count)
        for export in ("whole batches", "by rows", "compiled")
        for count in (1, 3)
    ]
    for row in rows:
        assert all(row[name] > 0 for name in ("served", "generator"))
        assert row["in_python"] > 0
