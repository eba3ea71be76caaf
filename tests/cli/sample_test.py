"""Samples lead back to their captions and do not depend on their batch."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import pixels_of
from tests.cli.conftest import succeed
from tests.models import small_models
from tfragan.cli import captions_in
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.visualization import mask_levels

pytestmark = pytest.mark.usefixtures("eager")


def _lines(folder):
    text = (folder / "samples.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _sample(run, output, *flags):
    """The lines about the pictures that are drawn."""
    succeed("sample", f"--workdir={run}", f"--output={output}", *flags)
    return _lines(output)


def _run_of(model, damsm_run, folder):
    """A run folder that holds an untrained model."""
    folder.mkdir()
    shutil.copy(damsm_run / "config.json", folder)
    small_models.awake(model).save_to_preset(folder / "final")
    return folder


@pytest.fixture(scope="module")
def ssagan_run(damsm_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ssagan") / "run"
    return _run_of(small_models.ssagan(), damsm_run, folder)


@pytest.fixture(scope="module")
def dfgan_run(damsm_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dfgan") / "run"
    return _run_of(small_models.dfgan(), damsm_run, folder)


def test_captions_of_flags_and_file(attngan_run, tmp_path):
    captions = tmp_path / "captions.txt"
    captions.write_text("a blue square\n\nun caf\u00e9 rouge\n", "utf-8")
    flags = ["--caption=a red circle", f"--captions_file={captions}"]
    output = tmp_path / "out"
    lines = _sample(attngan_run, output, *flags, "--attention", "--seed=5")

    assert [line["caption"] for line in lines] == [
        "a red circle",
        "a blue square",
        "un caf\u00e9 rouge",
    ]
    assert [line["seed"] for line in lines] == [5, 6, 7]
    assert lines[0]["file"] == "0000_a_red_circle.png"
    for line in lines:
        assert pixels_of(output / line["file"]).shape == (32, 32, 3)
        assert (output / line["attention"]).is_file()
    # The folder of the pictures holds nothing else to be measured.
    assert len(list(output.rglob("*.png"))) == 3


def test_words_that_a_model_does_not_know_are_named(
    attngan_run, tmp_path, capsys
):
    captions = ["a red zebra", "红色的圆", "a blue shirt", "!?"]
    flags = [f"--caption={caption}" for caption in captions]
    lines = _sample(attngan_run, tmp_path / "out", *flags)

    unknown = [line.get("unknown_words") for line in lines]
    assert unknown == [["zebra"], ["红色的圆"], None, None]
    known = [line.get("known_words") for line in lines]
    assert known == [None, 0, None, 0]
    out = capsys.readouterr().out
    assert "words that the model does not know: 'zebra', '红色的圆'" in out
    assert "no word of these captions, and their pictures" in out
    assert "'红色的圆', '!?'; they are in a script" in out
    assert "the tokenizer kind 'wordpiece' fits it" in out


def test_a_picture_does_not_depend_on_its_batch(attngan_run, tmp_path):
    lines, others = (
        _sample(
            attngan_run, tmp_path / size, "--count=3", f"--batch_size={size}"
        )
        for size in ("1", "2")
    )

    assert lines == others
    assert len({line["key"] for line in lines}) == 3
    for line in lines:
        one, other = (
            pixels_of(tmp_path / size / line["file"]).astype(int)
            for size in ("1", "2")
        )
        assert np.abs(one - other).max() <= 1


def test_masks_go_beside_the_folder_of_the_pictures(ssagan_run, tmp_path):
    output = tmp_path / "out"
    flags = ["--caption=a red bird", "--masks", "--seed=3"]
    (line,) = _sample(ssagan_run, output, *flags)
    images, masks = small_models.SSAGAN.from_preset(
        ssagan_run / "final"
    ).generate(["a red bird"], seed=3, return_masks=True)

    assert line["masks"] == "../out_masks/0000_a_red_bird.png"
    np.testing.assert_array_equal(pixels_of(output / line["file"]), images[0])
    np.testing.assert_array_equal(
        pixels_of(output / line["masks"]), mask_levels(masks[-1][0])
    )
    # The image, masks of 4, 8, 16 and 32 pixels, and the image under one.
    assert pixels_of(output / line["mask_panels"]).shape[1] == 6 * 99 + 3
    assert [path.name for path in output.rglob("*.png")] == [line["file"]]


def test_more_pictures_than_captions_go_round_with_other_seeds(
    dfgan_run, tmp_path
):
    captions = ["--caption=a red bird", "--caption=a blue fish"]
    numbers = ["--count=5", "--batch_size=3"]
    lines = _sample(dfgan_run, tmp_path, *captions, *numbers)
    pictures = [pixels_of(tmp_path / line["file"]) for line in lines]

    assert [line["file"] for line in lines] == [
        "0000_a_red_bird.png",
        "0001_a_blue_fish.png",
        "0000_a_red_bird_r1.png",
        "0001_a_blue_fish_r1.png",
        "0000_a_red_bird_r2.png",
    ]
    assert [line["seed"] for line in lines] == [0, 1, 2, 3, 4]
    assert (pictures[0] != pictures[2]).any()


@pytest.fixture
def photos(tmp_path):
    """A data set of two images, one of them with two captions."""
    folder = tmp_path / "photos"
    folder.mkdir()
    captions = {"robin": ["a red bird", "a bird"], "tang": ["a blue fish"]}
    lines = []
    for name, each in captions.items():
        Image.new("RGB", (40, 40)).save(folder / f"{name}.png")
        lines.append(json.dumps({"image": f"{name}.png", "captions": each}))
    (folder / "captions.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_every_caption_of_a_split_and_round_again(dfgan_run, photos, tmp_path):
    common = (dfgan_run, tmp_path / "out", f"--data={photos}", "--split=all")
    first = _sample(*common)
    every = _sample(*common, "--captions_per_image=every", "--count=5")

    assert [line["caption"] for line in first] == ["a red bird", "a blue fish"]
    assert [line["caption"] for line in every] == [
        "a red bird",
        "a blue fish",
        "a bird",
        "a red bird",
        "a blue fish",
    ]
    assert [line["seed"] for line in every] == [0, 1, 2, 3, 4]
    # Fewer pictures show as many images.
    assert every[:2] == first
    assert [line["file"] for line in every] == [
        "robin.png_c0.png",
        "tang.png_c0.png",
        "robin.png_c1.png",
        "robin.png_c0_r1.png",
        "tang.png_c0_r1.png",
    ]
    keys = [line["key"].removesuffix(".png") for line in every[:3]]
    assert keys == ["robin", "tang", "robin"]
    for line in every:
        assert (tmp_path / "out" / line["file"]).is_file()


def test_truncated_noise_makes_another_picture(dfgan_run, tmp_path):
    flags = ["--caption=a red bird", "--truncation=0.5"]
    (line,) = _sample(dfgan_run, tmp_path, *flags)
    picture = pixels_of(tmp_path / line["file"])
    model = small_models.DFGAN.from_preset(dfgan_run / "final")
    plain = model.generate(["a red bird"])[0]
    cut = model.generate(["a red bird"], truncation=0.5)[0]

    np.testing.assert_array_equal(picture, cut)
    assert (picture != plain).any()


@pytest.mark.parametrize(
    ("run", "flags", "sentence"),
    [
        ("attngan_run", ["--masks"], "--masks: AttnGAN has none."),
        ("ssagan_run", ["--attention"], "--attention: SSAGAN has none."),
        ("dfgan_run", ["--masks"], "--masks: DFGAN has none."),
        ("ssagan_run", ["--truncation=0.88"], "--truncation: SSAGAN draws"),
        ("attngan_run", ["--truncation=0.88"], "--truncation: AttnGAN draws"),
        ("dfgan_run", ["--truncation=1.5"], "at most 1. Received: 1.5"),
        ("dfgan_run", ["--truncation=nan"], "at most 1. Received: nan"),
        ("dfgan_run", ["--caption=a", "--split=train"], "--split is not used"),
        ("dfgan_run", ["--steps=3"], "--steps is not used for pictures"),
        ("dfgan_run", ["--batch_size=0"], "--batch_size must be at least 1"),
        ("dfgan_run", ["--count=-1"], "--count must be at least 0"),
        ("damsm_run", [], "preset of DAMSM, which makes no pictures"),
    ],
)
def test_flags_without_a_meaning_are_refused(
    request, refusal, tmp_path, run, flags, sentence
):
    folder = request.getfixturevalue(run)
    output = tmp_path / "out"
    common = ("sample", f"--workdir={folder}", f"--output={output}")
    assert sentence in refusal(*common, *flags)
    assert not output.exists()


def test_files_that_are_no_captions_are_refused(dfgan_run, tmp_path, refusal):
    path = tmp_path / "captions.txt"
    for content, sentence in (
        (b"a\ncaf\xe9\n", "line 2: expected UTF-8"),
        (b" \n", "holds no caption"),
    ):
        path.write_bytes(content)
        flags = (f"--workdir={dfgan_run}", f"--captions_file={path}")
        assert sentence in refusal("sample", *flags)


@pytest.fixture
def birds():
    captions = {"a/crow": ("black", "dark", "sad"), "b/wren": ("small", "tiny")}
    items = [
        CaptionedImage(key, f"{key}.png", each)
        for key, each in captions.items()
    ]
    return CaptionedImages(items, "birds", "test")


def _pairs(captions):
    return [(named.name, named.caption) for named in captions]


def test_drawn_captions_come_once(birds):
    drawn = captions_in.captions_of_dataset(birds, "drawn", 99, seed=3)
    every = captions_in.captions_of_dataset(birds, "every")
    assert sorted(_pairs(drawn)) == sorted(_pairs(every))
    few = captions_in.captions_of_dataset(birds, "drawn", seed=3)
    assert few == drawn[:2]


def test_keys_that_look_alike_as_files_get_numbers():
    items = [
        CaptionedImage(key, "x.png", ("a bird",))
        for key in ("my bird", "my?bird", "My bird", "../my bird")
    ]
    birds = CaptionedImages(items, "birds", "test")
    names = [each.name for each in captions_in.captions_of_dataset(birds)]
    assert names == [
        "my_bird_c0",
        "my_bird_2_c0",
        "My_bird_3_c0",
        "my_bird_4_c0",
    ]


def test_a_sheet_shows_pictures_above_their_captions(dfgan_run, tmp_path):
    captions = ["--caption=a red circle", "--caption=a blue square"]
    output = tmp_path / "out"
    lines = _sample(dfgan_run, output, *captions, "--count=2", "--sheet")
    sheet = pixels_of(tmp_path / "out_sheet.png")
    first = pixels_of(output / lines[0]["file"])
    size = first.shape[0]
    factor = 192 // size
    np.testing.assert_array_equal(
        sheet[4 : 4 + factor * size : factor, 4 : 4 + factor * size : factor],
        first,
    )
    # The captions below.
    assert sheet.shape[0] > 8 + factor * size
    assert sheet.shape[1] == 12 + 2 * factor * size
