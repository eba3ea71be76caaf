"""From a config to edited and colored photos, for each kind of guidance."""

import json

import numpy as np
import pytest
from PIL import Image

from tfragan.cli.main import main
from tfragan.evaluation import read_measurements

pytestmark = pytest.mark.usefixtures("eager")
_MEASURED = {
    "ragan_emoji": ["edit_difference", "reconstruction_error"],
    "ragan_noto2twemoji": ["edit_difference_ba", "reconstruction_error_ab"],
    "ragan_colorize_cub": ["color_error/gray", "chroma_error/random"],
}


@pytest.fixture
def photo(tmp_path):
    """A photo that is no square."""
    draw = np.random.default_rng(0)
    path = tmp_path / "photo.png"
    Image.fromarray(draw.integers(0, 256, (40, 56, 3), np.uint8)).save(path)
    return path


def _run(*arguments):
    status = main(["tfragan", *map(str, arguments)])
    assert status in (0, None), arguments


def _train(name, run, steps):
    _run(
        "train",
        f"--config={name}:tiny",
        f"--workdir={run}",
        f"--config.steps={steps}",
        "--config.reports.every=1",
        "--config.reports.samples=1",
        "--config.reports.guidances=1",
        "--config.reports.test_images=2",
        "--override_config",
        "--noprogress",
    )


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("ragan_emoji", ["edit", "--labels=Flags,noto"]),
        ("ragan_noto2twemoji", ["edit", "--reference=PHOTO"]),
        ("ragan_colorize_cub", ["colorize", "a red circle"]),
    ],
)
def test_a_run_leaves_pictures_and_numbers_and_changes_photos(
    name, verb, tmp_path, photo, capsys
):
    run = tmp_path / "run"
    _train(name, run, 1)
    if name == "ragan_emoji":
        _train(name, run, 2)
        assert "resuming at step 1 of 2" in capsys.readouterr().out
    records = [
        json.loads(line)
        for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()
    ]
    keys = {key for record in records for key in record}
    assert {"generator_loss", *_MEASURED[name]} <= keys
    kinds = {path.name.rpartition("_")[0] for path in run.glob("samples/*.png")}
    both = name == "ragan_noto2twemoji"
    sheet = "colors" if verb[0] == "colorize" else "edits"
    expected = {
        f"{kind}{suffix}"
        for kind in (sheet, "attention")
        for suffix in (("_ab", "_ba") if both else ("",))
    }
    assert kinds == expected

    # Both kinds of edits are measured by the same function.
    measured = [] if both else _MEASURED[name]
    if measured:
        _run("evaluate", f"--workdir={run}", "--count=2")
    found = {
        key: each.value
        for each in read_measurements(run)
        for key in (each.metric, f"{each.metric}/{each.of}")
    }
    for metric in measured:
        assert np.isfinite(found[metric])

    output = tmp_path / "out"
    verb = [part.replace("PHOTO", str(photo)) for part in verb]
    _run(*verb, photo, f"--workdir={run}", f"--output={output}")
    for path in output.glob("photo_*.png"):
        with Image.open(path) as image:
            assert image.size == (32, 32)
    assert (output / "grid.png").is_file()
