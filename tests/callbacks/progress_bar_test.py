import io
import re

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import ProgressBar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_plain_lines_where_there_is_no_terminal():
    stream = io.StringIO()
    bar = ProgressBar(batch_size=4, stream=stream, every_seconds=0)
    fit(compiled(), [bar], steps=3, epochs=2)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 7
    assert lines[0].startswith("step 1/6  epoch 0.3  generator 1")
    assert re.fullmatch(
        r"step 5/6  epoch 1.7  \S+ images/s  left 0:00:00  generator 5",
        lines[4],
    )
    assert "\r" not in stream.getvalue()


def test_losses_are_those_of_the_recent_steps():
    stream = io.StringIO()
    bar = ProgressBar(stream=stream, every_seconds=0, keys=["loss/part"])
    fit(compiled(), [bar], steps=2)
    assert "loss/part" in stream.getvalue()
    assert "generator" not in stream.getvalue()
    assert "steps/s" in stream.getvalue()


def test_one_line_on_a_terminal_is_rewritten_and_ended():
    stream = Terminal()
    bar = ProgressBar(total_steps=10, stream=stream, every_seconds=0)
    fit(compiled(), [bar], steps=5)
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert text.count("\r") == 6
    assert "━" * 12 + "┄" * 12 + "  step 5/10" in text


def test_quiet_between_updates():
    stream = io.StringIO()
    bar = ProgressBar(stream=stream, every_seconds=1000)
    fit(compiled(), [bar], steps=5)
    # The first batch and the end.
    assert len(stream.getvalue().splitlines()) == 2
