"""The command line says what it does, and what is wrong, in one sentence."""

import json
import re
import subprocess
import sys

import pytest

from tfragan.cli import env
from tfragan.cli import main as cli
from tfragan.version import __version__


def _run(capsys, *arguments):
    status = cli.main(["tfragan", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_help_lists_every_verb(capsys):
    status, out, _ = _run(capsys, "--help")

    assert status == 0
    for verb in cli.VERBS:
        assert f"\n  {verb} " in out


@pytest.mark.parametrize("verb", cli.VERBS)
def test_help_of_a_verb_shows_its_flags_and_an_example(capsys, verb):
    status, out, _ = _run(capsys, verb, "--help")

    assert status == 0
    assert out.startswith(f"usage: tfragan {verb} ")
    assert f"\n  tfragan {verb}" in out
    assert "Flags:\n  --" in out
    assert max(map(len, out.splitlines())) <= 80


def test_help_does_not_wait_for_tensorflow():
    code = (
        "import sys; from tfragan.cli.main import main; "
        "main(['tfragan', 'train', '--help']); main(['tfragan', '--help']); "
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_without_a_verb_five_commands_are_shown_to_begin_with(capsys):
    status, out, err = _run(capsys)

    assert (status, out) == (2, "")
    shown = re.findall(r"^  tfragan (\w+) --", err, re.M)
    assert len(shown) == 5
    assert {*shown} < {*cli.VERBS}


def test_version(capsys):
    assert _run(capsys, "--version") == (0, f"tfragan {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["trian"],
            "tfragan trian: there is no such verb. Did you mean 'train'?",
        ),
        (
            ["train", "--wrkdir=x"],
            "there is no flag --wrkdir. Did you mean 'workdir'?",
        ),
        (["train", "--workdir"], "Missing value for flag --workdir"),
        (["train", "x"], "unexpected argument 'x'"),
        (["train", "--strategy=tpu"], "tpu"),
        (["train", "--config=damsm_emojy"], "Did you mean 'damsm_emoji'?"),
        (["train", "--config=no/such.py"], "there is no such file"),
        (
            ["train", "--config=damsm_emoji", "--config.batch_siz=3"],
            "Did you mean 'batch_size'?",
        ),
        (
            ["train", "--config=damsm_emoji", "--config.batch_size=many"],
            "batch_size",
        ),
        (["sample", "--workdir=no/such/run"], "holds no trained model"),
        (["evaluate", "--workdir=no/such/run"], "holds no trained model"),
        (["translate", "photo.jpg"], "--workdir is required"),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence(capsys, arguments, sentence):
    status, out, err = _run(capsys, *arguments)

    assert status == 2
    assert out == ""
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_no_verb_is_bad_input_too(capsys):
    status, _, err = _run(capsys)

    assert status == 2
    assert "usage: tfragan <verb>" in err


def test_env_reports_versions_and_devices(capsys):
    status, out, _ = _run(capsys, "env", "--json")
    report = json.loads(out)

    assert status == 0
    assert report["tfragan"] == __version__
    assert report["keras backend"] == "tensorflow"
    assert report["tensorflow"].startswith("2.")
    assert report["cpu cores"] >= 1


def test_values_that_cannot_be_used_are_bad_input_whoever_says_so(
    monkeypatch, capsys
):
    def refused(arguments):
        raise ValueError("a size of 7\nfits nothing")

    monkeypatch.setattr(env, "run", refused)
    status, _, err = _run(capsys, "env")
    assert (status, err) == (2, "tfragan env: a size of 7 fits nothing\n")


def test_defects_keep_their_traceback(monkeypatch):
    def broken(arguments):
        raise TypeError("not an error of the input")

    monkeypatch.setattr(env, "run", broken)
    with pytest.raises(TypeError, match="not an error of the input"):
        cli.main(["tfragan", "env"])
