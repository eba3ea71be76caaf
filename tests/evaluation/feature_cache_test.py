"""Features are computed once, by whoever is there."""

import contextlib
import json
import multiprocessing
import os
import pathlib

import numpy as np
import pytest

from tests.fake_domains import FakeFeatures
from tfragan.evaluation import feature_cache
from tfragan.evaluation.feature_cache import FeatureCache
from tfragan.evaluation.image_source import ImageSource
from tfragan.folder_lock import folder_lock


class _Source(ImageSource):
    """Images whose color is their place; notes what was made."""

    def __init__(self, count, about="colors", log=None):
        super().__init__(count, about)
        self.made = []
        self.log = log

    def _images(self, places):
        self.made += places
        if self.log is not None:
            with open(self.log, "a", encoding="utf-8") as file:
                file.write("".join(f"{place}\n" for place in places))
        levels = np.array(places, np.uint8)[:, None, None, None]
        return np.broadcast_to(levels, (len(places), 2, 2, 3))


class _Doubled(FakeFeatures):
    name = "doubled"

    def __call__(self, images, batch_size=16):
        return 2 * super().__call__(images, batch_size)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(feature_cache, "_BLOCK", 4)


def _expected(count):
    levels = np.arange(count, dtype=np.float32)[:, None] / 127.5 - 1.0
    return np.repeat(levels, 3, axis=1)


def test_images_are_made_once_for_all_networks_and_calls(tmp_path):
    source = _Source(10)
    cache = FeatureCache(tmp_path)
    first, doubled = cache.features(source, FakeFeatures(), _Doubled())
    np.testing.assert_allclose(first, _expected(10), rtol=1e-6)
    np.testing.assert_allclose(doubled, 2 * _expected(10), rtol=1e-6)
    (again,) = FeatureCache(tmp_path).features(source, FakeFeatures())
    np.testing.assert_array_equal(first, again)
    assert source.made == [*range(10)]
    assert isinstance(again, np.memmap)


def test_other_images_and_other_networks_are_other_features(tmp_path):
    cache = FeatureCache(tmp_path)
    for about in ("colors", "others"):
        source = _Source(3, about)
        cache.features(source, FakeFeatures())
        assert source.made == [0, 1, 2]
    source = _Source(3)
    cache.features(source, _Doubled())
    assert source.made == [0, 1, 2]


def test_an_interrupted_computation_goes_on_with_the_next_block(tmp_path):
    class Stops(_Source):
        def _images(self, places):
            if 8 in places:
                raise KeyboardInterrupt
            return super()._images(places)

    source = Stops(10)
    source.fingerprint = _Source(10).fingerprint
    with pytest.raises(KeyboardInterrupt):
        FeatureCache(tmp_path).features(source, FakeFeatures())
    rest = _Source(10)
    (found,) = FeatureCache(tmp_path).features(rest, FakeFeatures())
    assert rest.made == [8, 9]
    np.testing.assert_allclose(found, _expected(10), rtol=1e-6)


def _work(folder, log):
    feature_cache._BLOCK = 4
    source = _Source(40, log=log)
    (found,) = FeatureCache(folder).features(source, FakeFeatures())
    np.testing.assert_allclose(found, _expected(40), rtol=1e-6)


def test_processes_share_the_images_and_each_gets_all(tmp_path):
    log = tmp_path / "log.txt"
    context = multiprocessing.get_context("fork")
    workers = [
        context.Process(target=_work, args=(tmp_path / "cache", log))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    made = [int(line) for line in log.read_text().split()]
    assert sorted(made) == [*range(40)]


def test_the_lock_of_a_block_is_that_of_folders(tmp_path):
    path = tmp_path / "0.lock"
    with feature_cache._lock(path, wait=False) as mine:
        assert mine
        assert json.loads(path.read_text())["process"] == os.getpid()
        with feature_cache._lock(path, wait=False) as again:
            assert not again
    assert not path.exists()


def test_another_process_is_waited_for(tmp_path, monkeypatch):
    path = tmp_path / "0.lock"
    waits = []
    with contextlib.ExitStack() as other:
        other.enter_context(folder_lock(path, "it is held"))

        def pause(seconds):
            waits.append(seconds)
            other.close()

        monkeypatch.setattr(feature_cache.time, "sleep", pause)
        with feature_cache._lock(path, wait=True) as mine:
            assert mine
    assert len(waits) == 1


def test_without_a_folder_nothing_is_left():
    cache = FeatureCache()
    folder = pathlib.Path(cache._temporary.name)
    cache.features(_Source(3), FakeFeatures())
    assert folder.exists()
    del cache
    assert not folder.exists()


def test_a_broken_file_is_named(tmp_path):
    FeatureCache(tmp_path).features(_Source(3), FakeFeatures())
    (file,) = tmp_path.glob("*/features.npy")
    file.write_bytes(b"broken")
    with pytest.raises(ValueError, match=f"{file}: expected stored features"):
        FeatureCache(tmp_path).features(_Source(3), FakeFeatures())


def test_progress_is_told(tmp_path):
    told = []
    cache = FeatureCache(tmp_path, progress=lambda *what: told.append(what))
    cache.features(_Source(6), FakeFeatures(), text="dogs")
    assert told == [("dogs", 4, 6), ("dogs", 6, 6)]


def test_a_source_that_gives_too_few_images_is_refused(tmp_path):
    class Short(_Source):
        def _images(self, places):
            return super()._images(places[:1])

    with pytest.raises(ValueError, match="Short: expected 3 images, received"):
        FeatureCache(tmp_path).features(Short(3), FakeFeatures())


def test_no_images_have_no_features(tmp_path):
    (found,) = FeatureCache(tmp_path).features(_Source(0), FakeFeatures())
    assert found.shape == (0, 3)
