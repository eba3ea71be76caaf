"""Presets are found by folder, by name, and on the Hugging Face Hub."""

import json
import pathlib
import sys
import types

import pytest

from tests.cli.conftest import run_tfragan
from tests.models import small_models
from tfragan import models
from tfragan.cli import flags
from tfragan.cli import serve
from tfragan.place import PlaceError
from tfragan.presets import preset_folder
from tfragan.presets import preset_names
from tfragan.presets import preset_places


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of presets with one that is named `painter`."""
    folder = tmp_path_factory.mktemp("presets")
    model = small_models.awake(small_models.dfgan())
    model.save_to_preset(folder / "painter", half_precision=True)
    return folder


@pytest.fixture
def painter(folder, monkeypatch, tmp_path):
    """That preset as if it came with the package, and an empty folder."""
    packaged = [folder / "painter"]
    monkeypatch.setattr(preset_places, "_packaged", lambda: packaged)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return packaged[0]


def test_a_name_is_that_of_the_package_unless_a_folder_has_it(painter):
    assert preset_names() == ["painter"]
    assert preset_folder("painter") == painter
    assert type(models.load("painter")) is models.DFGAN
    (painter.cwd() / "painter").mkdir()
    assert str(preset_folder("painter")) == "painter"


def test_an_unknown_name_suggests_the_nearest(painter):
    with pytest.raises(PlaceError, match="no such preset.*mean 'painter'"):
        models.TextToImageModel.from_preset("paintr")


def test_every_preset_of_the_package_has_a_card():
    for name in preset_names():
        card = (preset_folder(name) / "README.md").read_text("utf-8")
        assert "tfragan train" in card
        assert "CC BY 4.0" in card


def _hub(monkeypatch, download):
    hub = types.ModuleType("huggingface_hub")
    hub.snapshot_download = download
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)


def test_the_hub_is_asked_for_a_repository(painter, monkeypatch):
    asked = []

    def download(repository, revision, allow_patterns):
        asked.append((repository, revision))
        assert "model.weights.h5" in allow_patterns
        return str(painter)

    _hub(monkeypatch, download)
    assert preset_folder("hf://someone/birds") == painter
    preset_folder("hf://someone/birds@v1.0")
    assert asked == [("someone/birds", None), ("someone/birds", "v1.0")]


def test_what_the_hub_does_not_have_is_one_sentence(monkeypatch):
    def download(*arguments, **options):
        raise RuntimeError("404: no such repository\nmore of it")

    _hub(monkeypatch, download)
    with pytest.raises(PlaceError, match=r"downloaded: 404: no such repo\w+$"):
        preset_folder("hf://someone/birds")
    with pytest.raises(PlaceError, match="expected hf://user/repository"):
        preset_folder("hf://birds")


def test_without_its_package_the_hub_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match="pip install huggingface_hub"):
        preset_folder("hf://someone/birds")


def test_the_command_line_samples_a_preset(painter, capsys):
    caption = "--caption=a red circle"
    assert run_tfragan("sample", "--preset=painter", caption, "--count=1") == 0
    assert len(list((painter.cwd() / "painter/sampled").glob("*.png"))) == 1
    both = ("--preset=painter", "--workdir=x", caption)
    assert run_tfragan("sample", *both) == 2
    assert "cannot be given together" in capsys.readouterr().err


def test_presets_are_listed(painter, capsys):
    assert run_tfragan("presets") == 0
    assert "painter  DFGAN, 0 steps" in capsys.readouterr().out
    assert run_tfragan("presets", "--json") == 0
    assert json.loads(capsys.readouterr().out)["painter"]["model"] == "DFGAN"


def test_a_preset_is_exported_once_to_be_served(painter, capsys):
    def served():
        arguments = flags.parse(serve.FLAGS, ["serve", "painter"])
        return serve.options_of(arguments)["models"]["painter"]

    first = pathlib.Path(served())
    assert first.name == "1"
    assert (first / "saved_model.pb").is_file()
    assert "for the first time" in capsys.readouterr().err
    assert served() == str(first)
    assert not capsys.readouterr().err
