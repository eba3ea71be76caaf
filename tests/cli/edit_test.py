"""Photos are edited as captions, labels and other images say."""

import functools
import json

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import pixels_of
from tests.cli.conftest import run_tfragan
from tests.cli.conftest import succeed
from tests.models.ragan import small_ragans
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli import edit
from tfragan.cli import flags as command_line
from tfragan.cli import photo_inputs
from tfragan.run_folder import RunFolder

_SIZE = 32
_CELL = 96 + 3
_load_once = functools.cache(photo_inputs._load_model)


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch, eager):
    """Tracing and loading take longer than a few tiny pictures."""
    monkeypatch.setattr(photo_inputs, "_load_model", _load_once)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run folders of untrained models, by what guides them."""
    folders = {}
    for guidance, name in (
        ("text", "ragan_cub"),
        ("label", "ragan_emoji"),
        ("image", "ragan_noto2twemoji"),
        ("image_text", "ragan_colorize_cub"),
    ):
        config = config_file.load(f"{name}:tiny")
        options = {"labels": 11} if guidance == "label" else {}
        model = small_ragans.ragan(
            config.network.supervised, guidance, image_size=_SIZE, **options
        )
        folder = tmp_path_factory.mktemp(guidance)
        model.save_to_preset(folder / "final")
        RunFolder(folder).write_config(config.to_dict())
        folders[guidance] = folder
    return folders


@pytest.fixture
def photos(tmp_path):
    """A wide photo in color, and a tall one in gray."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (40, 56, 3), np.uint8)
    paths = [tmp_path / "wide.jpg", tmp_path / "tall.png"]
    Image.fromarray(pixels).save(paths[0])
    Image.fromarray(pixels).convert("L").rotate(90, expand=True).save(paths[1])
    return paths


def _files(folder):
    return sorted(path.name for path in folder.iterdir())


def _lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_photos_and_captions_need_no_flags(runs, photos, tmp_path):
    output = tmp_path / "out"
    succeed(
        "edit",
        f"--workdir={runs['text']}",
        photos[0],
        "a red bird",
        photos[1],
        f"--output={output}",
        "--attention",
    )
    names = [f"{photo}_a_red_bird.png" for photo in ("wide", "tall")]
    assert _files(output) == sorted([*names, "edits.jsonl", "grid.png"])
    assert _files(tmp_path / "out_attention") == sorted(names)
    assert _lines(output / "edits.jsonl") == [
        {
            "file": names[place],
            "source": photo.name,
            "guidance": "a red bird",
        }
        for place, photo in enumerate(photos)
    ]
    assert pixels_of(output / "grid.png").shape[1] == 2 * _CELL + 3


def test_the_largest_square_in_the_middle_of_a_photo_is_seen(runs, photos):
    inputs = photo_inputs.PhotoInputs(
        command_line.parse(
            edit.FLAGS, ["edit", f"--workdir={runs['text']}", *map(str, photos)]
        ),
        supervised=False,
    )
    wide = Image.open(photos[0])
    left = (wide.width - wide.height) // 2
    square = wide.crop((left, 0, left + wide.height, wide.height))
    expected = np.asarray(square.resize((32, 32), Image.Resampling.LANCZOS))
    found = inputs.photos()
    assert found.names == ["wide", "tall"]
    difference = np.abs(found.images[0].astype(int) - expected)
    assert difference.max() <= 2
    assert found.images.shape == (2, _SIZE, _SIZE, 3)


def test_a_chain_edits_what_the_last_caption_gave(runs, photos, tmp_path):
    captions = ["a red fish", "a blue bird"]
    common = ("edit", f"--workdir={runs['text']}")
    for name, inputs in (
        ("chain", (photos[0], *captions, "--chain")),
        ("first", (photos[0], captions[0])),
    ):
        succeed(*common, *inputs, f"--output={tmp_path / name}")
    first = pixels_of(tmp_path / "first" / "wide_a_red_fish.png")
    chained = tmp_path / "chain"
    np.testing.assert_array_equal(
        pixels_of(chained / "wide_a_red_fish.png"), first
    )
    model = models.RAGAN.from_preset(runs["text"] / "final")
    second = model.translate(first[None], captions[1:])["image"][0]
    np.testing.assert_array_equal(
        pixels_of(chained / "wide_then_a_blue_bird.png"), second
    )


def test_labels_go_by_name_and_by_id(runs, photos, tmp_path):
    output = tmp_path / "out"
    succeed(
        "edit",
        f"--workdir={runs['label']}",
        photos[0],
        "--labels=Food & Drink,twemoji",
        "--labels=3,10",
        f"--output={output}",
    )
    by_name, by_id = (
        pixels_of(output / f"wide_food_drink_twemoji{suffix}.png")
        for suffix in ("", "_2")
    )
    np.testing.assert_array_equal(by_name, by_id)


def test_images_of_the_other_domain_guide(runs, photos, tmp_path):
    output = tmp_path / "out"
    arguments = (
        f"--workdir={runs['image']}",
        photos[0],
        f"--reference={photos[1]}",
        f"--output={output}",
    )
    succeed("edit", *arguments)
    forth = pixels_of(output / "wide_tall.png")
    succeed("edit", *arguments, "--direction=ba")
    assert (pixels_of(output / "wide_tall.png") != forth).any()


def test_colors_come_with_random_and_with_encoded_backgrounds(
    runs, photos, tmp_path
):
    def colorize(name, *arguments):
        succeed(
            "colorize",
            f"--workdir={runs['image_text']}",
            "a red fish",
            f"--output={tmp_path / name}",
            *arguments,
        )
        return tmp_path / name

    own = colorize("own", photos[0], "--seed=7")
    encoded, at_random = (
        f"wide_a_red_fish_{kind}.png" for kind in ("encoded", "random")
    )
    assert _files(own) == ["colors.jsonl", "grid.png", encoded, at_random]
    assert [
        line.get("seed", line.get("background"))
        for line in _lines(own / "colors.jsonl")
    ] == [7, "wide.jpg"]
    other = colorize("other", photos[0], f"--reference={photos[1]}", "--seed=8")
    for name in (encoded, at_random):
        assert (pixels_of(own / name) != pixels_of(other / name)).any()
    # A gray photo has no background to take.
    gray = colorize("gray", photos[1])
    assert _files(gray) == [
        "colors.jsonl",
        "grid.png",
        "tall_a_red_fish_random.png",
    ]


def test_without_codes_of_backgrounds_the_truth_is_the_last_column(
    photos, tmp_path
):
    model = small_ragans.ragan(True, "image", image_size=_SIZE)
    preset = model.save_to_preset(tmp_path / "preset")
    output = tmp_path / "out"
    arguments = (
        "colorize",
        f"--workdir={preset}",
        photos[0],
        f"--reference={photos[1]}",
        f"--output={output}",
    )
    succeed(*arguments)
    assert _files(output) == ["colors.jsonl", "grid.png", "wide_tall.png"]
    assert pixels_of(output / "grid.png").shape[1] == 3 * _CELL + 3
    assert run_tfragan(*arguments, "--seed=3") == 2


@pytest.mark.parametrize(
    ("verb", "guidance", "arguments", "sentence"),
    [
        ("edit", "text", ["none.jpg", "red"], "no such photo: none.jpg"),
        ("edit", "text", ["a red fish"], "a photo is required"),
        ("edit", "text", ["PHOTO"], "--caption is required"),
        ("edit", "text", ["PHOTO", "xyz"], "a word of the vocabulary"),
        ("edit", "text", ["--input=no/such", "red"], "no/such"),
        ("edit", "text", ["TEXT", "red"], "undecodable image"),
        (
            "edit",
            "text",
            ["PHOTO", "red", "--labels=1"],
            "--labels is not used",
        ),
        ("edit", "text", ["PHOTO", "red", "--direction=ba"], "one domain"),
        ("edit", "label", ["PHOTO", "red"], "--caption is not used"),
        ("edit", "label", ["PHOTO", "--labels=Food,noto"], "Food & Drink"),
        ("edit", "label", ["PHOTO", "--labels=2,99"], "are 9 to 10"),
        ("edit", "label", ["PHOTO", "--labels=2"], "category, vendor"),
        ("edit", "image", ["PHOTO"], "--reference is required"),
        ("edit", "image", ["PHOTO", "--reference=TEXT"], "undecodable"),
        ("edit", "image_text", ["PHOTO", "red"], "take `tfragan colorize`"),
        ("colorize", "text", ["PHOTO", "red"], "take `tfragan edit`"),
        ("edit", "text", ["PHOTO", "--batch_size=0"], "--batch_size"),
        (
            "colorize",
            "image_text",
            ["PHOTO", "red", "--reference=PHOTO", "--reference=PHOTO"],
            "2 for 1 photos",
        ),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence(
    runs, photos, tmp_path, refusal, verb, guidance, arguments, sentence
):
    text = tmp_path / "text.png"
    text.write_text("no image")
    places = {"PHOTO": str(photos[0]), "TEXT": str(text)}
    for name, path in places.items():
        arguments = [one.replace(name, path) for one in arguments]
    output = tmp_path / "out"
    common = (verb, f"--workdir={runs[guidance]}", f"--output={output}")
    assert sentence in refusal(*common, *arguments)
    assert not output.exists()


def test_a_preset_by_itself_knows_the_ids_of_labels_only(
    runs, photos, tmp_path, refusal
):
    common = (
        "edit",
        f"--workdir={runs['label'] / 'final'}",
        f"--output={tmp_path / 'out'}",
        photos[0],
    )
    succeed(*common, "--labels=3,10")
    assert "name the run folder" in refusal(*common, "--labels=Flags,noto")


def test_other_models_change_no_photos(photos, tmp_path, refusal):
    model = models.CycleGAN(
        image_size=32,
        width=2,
        residual_blocks=1,
        discriminator_width=2,
    )
    preset = model.save_to_preset(tmp_path / "preset")
    line = refusal("edit", f"--workdir={preset}", photos[0], "red")
    assert "CycleGAN, which does not edit or color photos" in line
