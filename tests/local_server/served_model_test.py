"""The latest version that loads is served, and changes hurt no request."""

import asyncio
import contextlib

import pytest

from tfragan.local_server.errors import RequestError
from tfragan.local_server.served_model import ServedModel


class _Shelf:
    """A folder of versions, and what was loaded and closed of it."""

    def __init__(self, folder, labels=()):
        self.folder = folder
        self.loads = []
        self.closed = []
        self.model = ServedModel(
            "birds", folder, dict(labels), self._load, self.closed.append
        )

    def put(self, number, content="good"):
        file = self.folder / str(number) / "saved_model.pb"
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)

    def remove(self, number):
        (self.folder / str(number) / "saved_model.pb").unlink()
        (self.folder / str(number)).rmdir()

    async def _load(self, path, number):
        self.loads.append(number)
        if (path / "saved_model.pb").read_text() != "good":
            raise ValueError("it is broken")
        return f"loaded {number}"

    def update(self):
        asyncio.run(self.model.update())

    def states(self):
        return {one.number: one.state for one in self.model.states()}

    @contextlib.contextmanager
    def request(self, **place):
        state = self.model.find(**place)
        self.model.acquire(state)
        yield state
        self.model.release(state)


@pytest.fixture
def shelf(tmp_path):
    shelf = _Shelf(tmp_path)
    shelf.put(1)
    shelf.update()
    return shelf


def test_a_new_version_is_served_when_it_is_loaded(shelf):
    with shelf.request() as old:
        shelf.put(2)
        shelf.update()
        with shelf.request() as new:
            assert new.loaded == "loaded 2"
        assert old.loaded == "loaded 1"
        assert shelf.states() == {2: "AVAILABLE", 1: "UNLOADING"}
        assert shelf.closed == []

    assert shelf.closed == ["loaded 1"]
    assert shelf.states() == {2: "AVAILABLE", 1: "END"}
    with pytest.raises(RequestError, match="version 1 is not served"):
        shelf.model.find(version=1)


def test_a_broken_version_leaves_the_old_one(shelf):
    shelf.put(2, "bad")
    shelf.update()
    shelf.update()

    assert shelf.model.find().number == 1
    assert shelf.states() == {2: "END", 1: "AVAILABLE"}
    assert shelf.model.states(version=2)[0].error == "it is broken"
    # Not again and again, but when its files have changed.
    assert shelf.loads == [1, 2]
    shelf.put(2, "good")
    shelf.update()
    assert shelf.model.find().number == 2


def test_a_version_that_is_taken_away_gives_the_one_before_back(shelf):
    shelf.put(2)
    shelf.update()
    shelf.remove(2)
    shelf.update()

    assert shelf.model.find().number == 1
    assert shelf.loads == [1, 2, 1]
    assert shelf.closed == ["loaded 1", "loaded 2"]


def test_an_empty_folder_changes_nothing(shelf):
    shelf.remove(1)
    shelf.update()

    assert shelf.model.find().loaded == "loaded 1"


def test_labelled_versions_stay(tmp_path):
    shelf = _Shelf(tmp_path, {"stable": 1, "next": 3})
    for number in (1, 2):
        shelf.put(number)
    shelf.update()

    assert shelf.states() == {2: "AVAILABLE", 1: "AVAILABLE"}
    assert shelf.model.find(label="stable").number == 1
    assert shelf.model.states(label="stable")[0].number == 1
    for label, sentence in (("next", "3 is not ser"), ("best", "no label")):
        with pytest.raises(RequestError, match=sentence) as refusal:
            shelf.model.find(label=label)
        assert refusal.value.http == 404


def test_other_folders_are_no_versions(tmp_path):
    shelf = _Shelf(tmp_path)
    for name in (".3-abc", "latest", "1.5", "²", "9" * 30):
        (tmp_path / name).mkdir()
    (tmp_path / "4").write_text("a file")
    shelf.update()

    assert shelf.loads == []
    with pytest.raises(RequestError) as refusal:
        shelf.model.find()
    assert refusal.value.http == 503
