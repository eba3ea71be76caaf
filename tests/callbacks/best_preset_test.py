import keras
import pytest

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import BestPreset
from tfragan.callbacks import MetricsWriter


class Measure(keras.callbacks.Callback):
    def __init__(self, writer, values):
        super().__init__()
        self.writer = writer
        self.values = iter(values)

    def on_epoch_end(self, epoch, logs=None):
        step = int(self.model.global_step.numpy())
        self.writer.write(step, {"r_precision": next(self.values)})


def _train(folder, values, **kwargs):
    writer = MetricsWriter(folder, tensorboard=False)
    model = compiled()
    callbacks = [Measure(writer, values), BestPreset(writer, **kwargs)]
    fit(model, callbacks, steps=2, epochs=len(values))
    return model.presets


def test_preset_is_written_when_the_number_improves(tmp_path):
    assert _train(tmp_path, [0.2, 0.1, 0.2, 0.3]) == [2, 8]
    assert (tmp_path / "best").is_dir()


def test_smaller_may_be_better(tmp_path):
    assert _train(tmp_path, [0.2, 0.1, 0.3], mode="min") == [2, 4]


def test_resumed_run_knows_the_best_so_far(tmp_path):
    _train(tmp_path, [0.5])
    assert _train(tmp_path, [0.4, 0.6]) == [4]


def test_unknown_mode_is_refused(tmp_path):
    with pytest.raises(ValueError, match="mode='auto'"):
        BestPreset(MetricsWriter(tmp_path), mode="auto")


def test_a_number_that_is_none_is_no_best(tmp_path):
    assert _train(tmp_path, [float("nan"), 0.3, 0.4], mode="min") == [4]


def test_what_was_measured_before_training_is_no_candidate(tmp_path):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    writer.write(0, {"r_precision": 0.9})
    model = compiled()
    fit(model, [Measure(writer, [0.2]), BestPreset(writer)], steps=2)
    assert model.presets == [2]
    # Nor does a resumed run compare with it.
    callbacks = [Measure(writer, [0.3]), BestPreset(writer)]
    fit(model, callbacks, steps=2)
    assert model.presets == [2, 4]
