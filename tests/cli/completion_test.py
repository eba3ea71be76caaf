"""Shells complete verbs, flags and their values."""

import shutil
import subprocess

import pytest

from tests.cli.conftest import run_tfragan

# What bash sets before it calls a function that completes, where the words
# are parted at `=` as they are by default.
_CALL = """
COMP_WORDBREAKS="{breaks}"
COMP_LINE="{line}" COMP_POINT=${{#COMP_LINE}}
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_tfragan
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def _completed(script, line, breaks=" ="):
    words = line.replace("=", " = ") if "=" in breaks else line
    if line.endswith((" ", "=")):
        words += " ''"
    call = _CALL.format(breaks=breaks, line=line, words=words)
    finished = subprocess.run(
        ["bash", "-c", script + call],
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout.split()


@pytest.fixture
def script(capsys):
    assert run_tfragan("completion", "bash") == 0
    return capsys.readouterr().out


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tfragan tra", ["train", "translate"]),
        ("tfragan train --work", ["--workdir="]),
        ("tfragan train --workdir=runs/x --dry", ["--dry_run"]),
        ("tfragan export --format=tf", ["tflite"]),
        ("tfragan train --config=damsm_f", ["damsm_folder"]),
        ("tfragan train --workdir=", []),
        ("tfragan nonsense --", []),
    ],
)
def test_bash_completes(script, line, expected):
    assert _completed(script, line) == expected


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_shell_that_keeps_words_whole_gets_them_whole(script):
    line = "tfragan export --format=tf"

    assert _completed(script, line, breaks=" ") == ["--format=tflite"]


def test_zsh_gets_the_same_function(script, capsys):
    assert run_tfragan("completion", "zsh") == 0
    assert capsys.readouterr().out.endswith(script)


def test_another_shell_is_refused(capsys):
    assert run_tfragan("completion", "fish") == 2
    assert "bash or zsh. Received: fish" in capsys.readouterr().err
