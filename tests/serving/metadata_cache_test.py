"""Metadata is believed until there is a reason not to."""

import pytest

from tfragan.serving.metadata_cache import MetadataCache
from tfragan.serving.model_metadata import ModelMetadata


class _Server:
    def __init__(self):
        self.reads = 0

    def __call__(self, deadline):
        self.reads += 1
        return ModelMetadata("birds", self.reads, {})


@pytest.fixture
def server():
    return _Server()


def test_it_is_read_once_and_says_when(server, clock):
    cache = MetadataCache(server, clock)

    first, fresh = cache.get(None)
    second, again = cache.get(None)

    assert first is second
    assert (fresh, again) == (True, False)
    assert server.reads == 1


def test_it_is_read_again_after_its_seconds(server, clock):
    cache = MetadataCache(server, clock, 10.0)
    cache.get(None)
    clock.now += 9.9
    assert cache.get(None)[1] is False
    clock.now += 0.1
    assert cache.get(None)[1] is True


def test_another_version_s_answer_has_it_read_again(server, clock):
    cache = MetadataCache(server, clock)
    cache.get(None)
    cache.answered_by(1)
    cache.answered_by(None)
    assert cache.get(None)[1] is False
    cache.answered_by(2)

    assert cache.get(None)[0].version == 2


def test_what_is_forgotten_is_read_again(server, clock):
    cache = MetadataCache(server, clock)
    cache.get(None)
    cache.forget()

    assert cache.get(None)[1] is True


def test_an_error_leaves_nothing_behind(clock):
    answers = [OSError("gone"), ModelMetadata("birds", 1, {})]

    def read(deadline):
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    cache = MetadataCache(read, clock)
    with pytest.raises(OSError, match="gone"):
        cache.get(None)

    assert cache.get(None)[0].version == 1
