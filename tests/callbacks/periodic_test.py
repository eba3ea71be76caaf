import pytest

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import PeriodicCallback


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
