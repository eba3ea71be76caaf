import numpy as np
import pytest
import tensorflow as tf

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tests.callbacks.tiny_model import numbers
from tfragan.callbacks import CheckpointAndResume
from tfragan.callbacks import StopOnInvalidLoss
from tfragan.callbacks import TrainingDivergedError


def _not_a_number_at(step):
    def spoil(batch):
        return tf.where(batch[0, 0] == step, np.nan, batch)

    return numbers().map(spoil)


def test_nan_stops_naming_step_term_and_last_good_checkpoint(tmp_path):
    checkpoint = CheckpointAndResume(tmp_path, every_steps=2)
    stop = StopOnInvalidLoss(checkpoint, every_steps=3)
    with pytest.raises(TrainingDivergedError) as error:
        fit(
            compiled(graph=True),
            [stop, checkpoint],
            steps=20,
            data=_not_a_number_at(5),
        )
    assert str(error.value) == (
        "Training diverged: generator_loss was nan at step 5; the last good "
        f"checkpoint is {tmp_path}/checkpoints/step-4."
    )
    assert (error.value.term, error.value.step) == ("generator_loss", 5)
    assert error.value.checkpoint.endswith("step-4")


def test_exploding_loss_stops_at_the_epochs_end_at_the_latest():
    model = compiled()
    model.compile(loss_limit=2.5)
    with pytest.raises(TrainingDivergedError) as error:
        fit(model, [StopOnInvalidLoss(every_steps=1000)], steps=4)
    assert "generator_loss was 3 at step 3" in str(error.value)
    assert "no checkpoint was saved" in str(error.value)


def test_valid_losses_do_not_stop():
    model = compiled()
    fit(model, [StopOnInvalidLoss(every_steps=1)], steps=4)
    assert int(model.global_step.numpy()) == 4
