"""Tests of data leave no Keras state behind, so none is cleared for them."""

import pytest


@pytest.fixture(autouse=True)
def _fresh_keras_state():
    """Replaces the shared fixture: collecting garbage took most of the time."""


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """An empty cache folder, where copies of images and the like go."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
