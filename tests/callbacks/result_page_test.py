import pytest

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import ResultPage
from tfragan.callbacks import result_page


def test_page_is_there_from_the_start_and_up_to_date_at_the_end(
    tmp_path, monkeypatch
):
    pages = []
    write = result_page.write_result_page

    def counted(folder):
        pages.append(folder)
        return write(folder)

    monkeypatch.setattr(result_page, "write_result_page", counted)
    fit(compiled(), [ResultPage(tmp_path, every_seconds=1000)], steps=5)
    assert (tmp_path / "index.html").exists()
    assert len(pages) == 2


def test_page_that_cannot_be_written_does_not_end_training(tmp_path):
    (tmp_path / "config.json").write_text("{")
    model = compiled()
    with pytest.warns(UserWarning, match="result page was not written"):
        fit(model, [ResultPage(tmp_path)], steps=2)
    assert int(model.global_step.numpy()) == 2
