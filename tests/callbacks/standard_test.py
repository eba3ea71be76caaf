import sys

import pytest

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tests.callbacks.tiny_model import numbers
from tfragan import callbacks
from tfragan.callbacks import ResultPage
from tfragan.reports import page


def test_work_folder_alone_is_enough_and_resumes_by_itself(tmp_path, capsys):
    run = callbacks.RunFolder(tmp_path / "run")
    fit(compiled(), callbacks.standard(run, log_every_steps=2), steps=5)
    model = compiled()
    fit(
        model,
        callbacks.standard(run, log_every_steps=2),
        steps=3,
        data=numbers(start=5),
    )
    assert int(model.global_step.numpy()) == 8
    steps = [record["step"] for record in run.read_metrics()]
    assert steps == [2, 4, 6, 8]
    assert run.page_path.exists()
    assert "step 8/8" in capsys.readouterr().err


def test_a_kill_while_saving_loses_no_line(tmp_path, monkeypatch):
    def killed(checkpoint):
        raise KeyboardInterrupt

    run = callbacks.RunFolder(tmp_path)
    monkeypatch.setattr(callbacks.CheckpointAndResume, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        fit(
            compiled(),
            callbacks.standard(
                run, log_every_steps=2, checkpoint_every_steps=2
            ),
        )
    assert [record["step"] for record in run.read_metrics()] == [2]


def test_samplers_and_evaluations_come_before_the_page(tmp_path):
    writer = callbacks.MetricsWriter(tmp_path)
    captions = ["ant hill", "bee hive"]
    evaluation = callbacks.GeneratedRPrecision(writer, ["ant", "bee"])
    fit(
        compiled(),
        callbacks.standard(
            tmp_path,
            samplers=[
                callbacks.ImageGrid(writer, captions, every_steps=2),
                callbacks.AttentionMapPanel(writer, captions, every_steps=2),
            ],
            log_every_steps=2,
            batch_size=4,
            writer=writer,
            evaluations=[evaluation],
            progress=False,
        ),
        steps=4,
    )
    page = (tmp_path / "index.html").read_text()
    for name in ("grid_000004.png", "attention_000004.png", "chance 0.5"):
        assert name in page
    assert (tmp_path / "checkpoints" / "step-4.index").exists()
    assert list((tmp_path / "tensorboard").iterdir())


def test_page_is_there_from_the_start_and_up_to_date_at_the_end(tmp_path):
    pages = []

    class Counted(ResultPage):
        def write(self):
            pages.append(super().write())

    fit(compiled(), [Counted(tmp_path, every_seconds=1000)], steps=5)
    assert pages == [tmp_path / "index.html"] * 2
    assert pages[0].exists()


def test_page_that_cannot_be_written_does_not_end_training(tmp_path):
    (tmp_path / "config.json").write_text("{")
    model = compiled()
    with pytest.warns(UserWarning, match="result page was not written"):
        fit(model, [ResultPage(tmp_path)], steps=2)
    assert int(model.global_step.numpy()) == 2


def test_training_without_jinja_goes_on_and_says_what_to_install(
    tmp_path, monkeypatch
):
    page._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    model = compiled()
    with pytest.warns(UserWarning, match="pip install jinja2"):
        fit(model, [ResultPage(tmp_path)], steps=2)
    assert int(model.global_step.numpy()) == 2
    assert not (tmp_path / "index.html").exists()
