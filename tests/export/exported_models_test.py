"""Folders of models are read, and refused with one clear sentence."""

import json

import pytest

from tests.export.exported_folder import SERVED_FILES
from tests.export.exported_folder import write_version
from tfragan.export.exported_models import read_exported_models
from tfragan.export.servings import ExportError


def test_models_and_versions_come_in_order(tmp_path):
    write_version(tmp_path, "photos", 10, signatures=SERVED_FILES)
    write_version(tmp_path, "photos", 9, warmup=False, row_by_row=False)
    write_version(
        tmp_path, "birds", 1, needs={"tensorflow_text": ["CaseFoldUTF8"]}
    )
    (tmp_path / ".3-beside").mkdir()
    (tmp_path / "notes.txt").write_text("no model")
    (tmp_path / "photos" / "drafts").mkdir()
    birds, photos = read_exported_models(tmp_path)

    assert (birds.name, photos.name) == ("birds", "photos")
    assert list(photos.versions) == [9, 10]
    assert photos.newest == 10
    assert birds.versions[1].needs == ("tensorflow_text",)
    assert not birds.versions[1].takes_files
    assert photos.versions[10].takes_files
    assert photos.versions[10].row_by_row
    assert photos.versions[10].has_warmup
    assert not photos.versions[9].row_by_row
    assert not photos.versions[9].has_warmup
    assert birds.versions[1].size > 0


@pytest.mark.parametrize(
    "name",
    ["my birds", "-birds", "birds_", "b" * 64, "birds:2", "vögel"],
)
def test_names_that_no_server_takes_are_refused(tmp_path, name):
    write_version(tmp_path, name, 1)

    with pytest.raises(ExportError, match="expected a name of at most 63"):
        read_exported_models(tmp_path)


@pytest.mark.parametrize("name", ["Birds", "2birds", "my_birds-v1.5", "b" * 63])
def test_other_names_are_taken(tmp_path, name):
    write_version(tmp_path, name, 1)

    assert read_exported_models(tmp_path)[0].name == name


def test_folders_that_hold_no_models_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        read_exported_models(tmp_path / "none")
    with pytest.raises(ExportError, match="found none"):
        read_exported_models(tmp_path)
    (tmp_path / "birds" / "01").mkdir(parents=True)
    with pytest.raises(ExportError, match="birds: expected versions"):
        read_exported_models(tmp_path)


def test_the_folder_of_one_model_is_told_from_that_of_all(tmp_path):
    place = write_version(tmp_path, "birds", 1)

    for folder in (tmp_path / "birds", place):
        with pytest.raises(ExportError, match="that of one; name"):
            read_exported_models(folder)


def _without(*fields):
    def change(file):
        told = json.loads(file.read_text("utf-8"))
        for field in fields:
            del told[field]
        file.write_text(json.dumps(told))

    return change


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("saved_model.pb", lambda file: file.unlink(), "expected a SavedModel"),
        ("export.json", lambda file: file.unlink(), "expected the description"),
        ("export.json", lambda file: file.write_text("{"), "expected JSON"),
        ("export.json", lambda file: file.write_text("[]"), "expected bool"),
        ("export.json", _without("row_by_row"), "row_by_row: expected bool"),
        ("export.json", _without("signatures"), "signatures: expected dict"),
    ],
)
def test_a_broken_version_is_named(tmp_path, file, change, sentence):
    change(write_version(tmp_path, "birds", 1) / file)

    with pytest.raises(ExportError, match=sentence) as caught:
        read_exported_models(tmp_path)
    assert "birds/1" in str(caught.value)
