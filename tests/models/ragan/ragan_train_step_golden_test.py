"""RAGAN's training steps against the published ones."""

import pytest

from tests.models.ragan.published_training import SETTINGS
from tests.models.ragan.published_training import PublishedTraining


@pytest.mark.golden
@pytest.mark.parametrize("name", list(SETTINGS))
def test_ragan_training_step(name):
    training = PublishedTraining.of(name)
    training.assert_losses()
    training.assert_gradients()
    training.assert_weights()
