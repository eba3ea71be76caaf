"""Tests of data leave no Keras state behind, so none is cleared for them."""

import pytest


@pytest.fixture(autouse=True)
def _fresh_keras_state():
    """Replaces the shared fixture: collecting garbage took most of the time."""
