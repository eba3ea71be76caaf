"""The wheel has all that its user needs, without the source tree."""

import os
import pathlib
import subprocess
import sys
import venv

import pytest

_ROOT = pathlib.Path(__file__).parents[2]
_CAPTION = "a person with a pink bob in a green shirt"


def _run(*command, **options):
    finished = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Runs a program of an environment with the wheel, in another folder."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    _run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, _ROOT)
    (wheel,) = folder.glob("tfragan-*.whl")
    venv.create(folder / "environment", with_pip=False)
    programs = folder / "environment" / "bin"
    # Everything else is that of the running environment; of a folder in a
    # .pth file no .pth files are read, so that it does not lead back here.
    (packages,) = (folder / "environment").glob("lib/python*/site-packages")
    others = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "others.pth").write_text("\n".join(others), "utf-8")
    python = ("--python", programs / "python")
    _run(*pip, *python, "install", "--no-deps", "--no-index", wheel)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON")
    }

    def run(program, *arguments):
        return _run(
            programs / program, *arguments, cwd=elsewhere, env=environment
        )

    where = run("python", "-c", "import tfragan; print(tfragan.__file__)")
    assert pathlib.Path(where.strip()).is_relative_to(packages)
    return run


@pytest.mark.slow
def test_the_verbs_of_an_installed_wheel_say_what_there_is(installed):
    assert "  train " in installed("tfragan", "--help")
    assert "tensorflow" in installed("tfragan", "env")
    assert "attngan_avatars" in installed("tfragan", "presets")


@pytest.mark.slow
def test_an_installed_wheel_trains_exports_and_answers(installed):
    train = ("tfragan", "train", "--noprogress")
    installed(*train, "--config=damsm_avatars:tiny", "--workdir=damsm")
    installed(
        *train,
        "--config=attngan_avatars:tiny",
        "--config.damsm=damsm",
        "--workdir=attngan",
    )
    installed("tfragan", "export", "--workdir=attngan", "--output=served")
    installed(
        *("python", "-m", "tfragan.cli.ask_saved_model"),
        *("served", "answers", _CAPTION),
    )
    shown = installed(
        *("python", "-c"),
        "import pathlib; print(*pathlib.Path('answers').glob('*.png'))",
    )

    assert len(shown.split()) == 1
