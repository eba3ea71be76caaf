import numpy as np
import pytest

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import PeriodicCallback
from tfragan.callbacks.metrics_log import MetricsWriter
from tfragan.callbacks.periodic import PeriodicEvaluation
from tfragan.callbacks.periodic import PeriodicPicture
from tfragan.visualization import to_pixels


class Recorder(PeriodicCallback):
    def __init__(self, every_steps):
        super().__init__(every_steps)
        self.steps = []
        self.reads = 0

    def on_steps(self, step, logs):
        self.steps.append(step)

    def read_step(self):
        self.reads += 1
        return super().read_step()


def test_acts_at_multiples_of_the_global_step():
    recorder = Recorder(4)
    fit(compiled(), [recorder], steps=5, epochs=3)
    assert recorder.steps == [4, 8, 12]


def test_resumed_model_acts_at_the_same_steps():
    model, recorder = compiled(), Recorder(4)
    model.global_step.assign(6)
    fit(model, [recorder], steps=7)
    assert recorder.steps == [8, 12]


def test_step_is_read_at_the_start_and_when_due_only():
    recorder = Recorder(5)
    fit(compiled(), [recorder], steps=11)
    assert recorder.reads == 3


def test_several_steps_per_execution_miss_nothing():
    model, recorder = compiled(), Recorder(4)
    model.compile(steps_per_execution=3)
    fit(model, [recorder], steps=9)
    assert recorder.steps == [6, 9]


def test_none_never_acts_and_reads_nothing():
    recorder = Recorder(None)
    fit(compiled(), [recorder])
    assert (recorder.steps, recorder.reads) == ([], 0)


def test_negative_number_of_steps_is_refused():
    with pytest.raises(ValueError, match="every_steps=-1"):
        Recorder(-1)


class _Picture(PeriodicPicture):
    def draw(self, step):
        self.write("picture", step, to_pixels(np.full((2, 2, 3), np.nan)))


class _Drawn(PeriodicPicture):
    def __init__(self, *args):
        super().__init__(*args)
        self.steps = []

    def draw(self, step):
        self.steps.append(step)


@pytest.mark.parametrize(
    ("start", "drawn"), [(0, [0, 2, 4]), (1, [2, 4, 5]), (2, [2, 4, 6])]
)
def test_a_run_that_goes_on_draws_what_it_would_have_drawn(
    tmp_path, start, drawn
):
    model = compiled()
    model.global_step.assign(start)
    picture = _Drawn(MetricsWriter(tmp_path, tensorboard=False), 2)

    fit(model, [picture], steps=4)

    assert picture.steps == drawn


def test_the_end_of_fit_is_not_that_of_a_training_that_goes_on(tmp_path):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    picture, measured = _Drawn(writer, 2), _Counted(writer, every_steps=2)
    model = compiled()
    for goes_on in (True, False):
        picture.goes_on = measured.goes_on = goes_on
        fit(model, [picture, measured], steps=3)

    assert picture.steps == [0, 2, 4, 6]
    assert measured.count == 3


class _Counted(PeriodicEvaluation):
    count = 0

    def measured_values(self):
        self.count += 1
        return {}


class _Evaluation(PeriodicEvaluation):
    def measured_values(self):
        return {"mean": to_pixels(np.full((2, 2, 3), np.nan)).mean()}


class _Broken(PeriodicEvaluation):
    def measured_values(self):
        raise self.error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("all 1 captions\nare the same"), "all 1 captions are"),
        (KeyError("birds"), "KeyError: 'birds'"),
        (MemoryError(), "MemoryError"),
        (OSError(28, "No space left on device"), "No space left"),
    ],
)
def test_a_measurement_that_fails_never_ends_training(
    tmp_path, error, sentence
):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    broken = _Broken(writer, every_steps=2)
    broken.error = error
    model = compiled()
    with pytest.warns(UserWarning, match=f"ent of step 2: .*{sentence}"):
        fit(model, [broken], steps=4)
    assert int(model.global_step.numpy()) == 4


@pytest.mark.parametrize(
    ("kind", "what"), [(_Picture, "picture"), (_Evaluation, "measurement")]
)
def test_images_of_nan_are_reported_and_leave_the_end_to_others(
    kind, what, tmp_path
):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    with pytest.warns(UserWarning, match=f"No {what} of step 2: .* holds NaN"):
        fit(compiled(), [kind(writer, every_steps=2)], steps=2)
    assert not [*tmp_path.glob("samples/*.png")]
