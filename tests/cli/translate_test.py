"""Translations keep the names and sizes of what they are made of."""

import json
import types

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import pixels_of
from tests.cli.conftest import run_tfragan
from tests.cli.conftest import succeed
from tfragan import data
from tfragan import models
from tfragan.cli import image_translator
from tfragan.cli.file_names import output_names

pytestmark = pytest.mark.usefixtures("eager")
_SIZE = 32


def _ugatit(light=True):
    return models.UGATIT(
        image_size=_SIZE,
        light=light,
        width=2,
        residual_blocks=1,
        discriminator_depth=4,
    )


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    """A light U-GAT-IT, untrained."""
    folder = tmp_path_factory.mktemp("preset") / "light"
    return _ugatit().save_to_preset(folder)


@pytest.fixture
def photos(tmp_path):
    """Images of several formats, modes and sizes in two folders."""
    folder = tmp_path / "photos"
    (folder / "more ones").mkdir(parents=True)
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (40, 56, 3), np.uint8)
    image = Image.fromarray(pixels)
    image.save(folder / "wide.v2.jpg")
    image.convert("L").rotate(90, expand=True).save(folder / "tall.png")
    image.convert("P").resize((33, 47)).save(folder / "more ones" / "odd.gif")
    return folder


def _tree(folder):
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
    )


def _command(preset, output, *arguments):
    common = (f"--workdir={preset}", f"--output={output}", "--noprogress")
    return "translate", *common, *arguments


def _translate(preset, output, *arguments):
    succeed(*_command(preset, output, *arguments))


def test_names_and_folders_are_kept_and_results_are_those_of_the_model(
    preset, photos, tmp_path
):
    _translate(preset, tmp_path / "out", photos)
    assert _tree(tmp_path / "out") == [
        "ab.jsonl",
        "ab/more ones/odd.png",
        "ab/tall.png",
        "ab/wide.v2.png",
    ]
    lines = (tmp_path / "out" / "ab.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"file": "ab/more ones/odd.png", "source": "more ones/odd.gif"},
        {"file": "ab/tall.png", "source": "tall.png"},
        {"file": "ab/wide.v2.png", "source": "wide.v2.jpg"},
    ]
    source = data.image_domain(photos / "tall.png").images([0], _SIZE)
    expected = models.UGATIT.from_preset(preset).translate(source)
    found = pixels_of(tmp_path / "out" / "ab" / "tall.png")
    np.testing.assert_array_equal(found, expected[0])


def test_one_photo_in_the_other_direction(preset, photos, tmp_path):
    photo = photos / "wide.v2.jpg"
    for number, arguments in enumerate(
        ((photo, "--direction=ba"), (f"--input={photo}", "--direction=both"))
    ):
        _translate(preset, tmp_path / str(number), *arguments)
    assert _tree(tmp_path / "0") == ["ba.jsonl", "ba/wide.v2.png"]
    assert _tree(tmp_path / "1") == [
        "ab.jsonl",
        "ab/wide.v2.png",
        "ba.jsonl",
        "ba/wide.v2.png",
    ]
    one, both = (
        pixels_of(tmp_path / name / "ba" / "wide.v2.png") for name in "01"
    )
    np.testing.assert_array_equal(one, both)
    assert (one != pixels_of(tmp_path / "1" / "ab" / "wide.v2.png")).any()


@pytest.mark.parametrize("size", ["input", "native"])
def test_translations_and_heat_maps_of_the_size_of_the_input(
    preset, photos, tmp_path, size
):
    _translate(
        preset,
        tmp_path / "out",
        photos,
        f"--size={size}",
        "--heat_maps",
        "--batch_size=2",
    )
    for folder in ("ab", "ab_heat_maps"):
        for name, shape in (
            ("wide.v2.png", (40, 56, 3)),
            ("tall.png", (56, 40, 3)),
            ("more ones/odd.png", (47, 33, 3)),
        ):
            assert pixels_of(tmp_path / "out" / folder / name).shape == shape


def test_panels_show_the_seven_rows(preset, photos, tmp_path):
    _translate(preset, tmp_path, photos / "tall.png", "--panels")
    panel = pixels_of(tmp_path / "ab_panels" / "tall.png")
    assert panel.shape == (7 * _SIZE, _SIZE, 3)
    translation_row = panel[4 * _SIZE : 5 * _SIZE].astype(int)
    alone = pixels_of(tmp_path / "ab" / "tall.png")
    assert np.abs(translation_row - alone).max() <= 1


def test_a_data_set_is_translated_both_ways_out_of_the_split(preset, tmp_path):
    _translate(preset, tmp_path, "--data=emoji", "--split=test", "--count=3")
    names = _tree(tmp_path)
    assert len(names) == 2 + 2 * 3
    assert {name.split("/")[0] for name in names} == {
        "ab",
        "ab.jsonl",
        "ba",
        "ba.jsonl",
    }


def test_one_direction_needs_one_folder_and_one_generator(
    preset, photos, tmp_path, monkeypatch
):
    photos.rename(tmp_path / "testB")
    loaded = []

    def load(folder, direction):
        loaded.append(direction)
        return models.translation.load_generator(folder, direction)

    monkeypatch.setattr(image_translator, "load_generator", load)
    _translate(preset, tmp_path / "out", f"--data={tmp_path}", "--direction=ba")
    assert loaded == ["ba"]
    assert "ba/tall.png" in _tree(tmp_path / "out")


def test_bad_images_are_named_and_left_out_or_refused(
    preset, photos, tmp_path, caplog
):
    (photos / "notes.txt").write_text("no image")
    whole = (photos / "wide.v2.jpg").read_bytes()
    (photos / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (3, 9)).save(photos / "sliver.png")
    _translate(preset, tmp_path / "out", photos)
    for name in ("notes.txt", "cut.jpg", "sliver.png"):
        assert name in caplog.text
    assert len(_tree(tmp_path / "out")) == 4
    flag = "--on_bad_item=refuse"
    assert run_tfragan(*_command(preset, tmp_path / "no", photos, flag)) == 2
    assert not (tmp_path / "no").exists()


def test_what_the_model_cannot_do_is_said_in_a_sentence(
    preset, photos, tmp_path, refusal
):
    full = _ugatit(light=False).save_to_preset(tmp_path / "full")
    cyclegan = models.CycleGAN(
        image_size=_SIZE,
        width=2,
        residual_blocks=1,
        discriminator_width=2,
    ).save_to_preset(tmp_path / "cyclegan")
    for arguments, sentence in (
        ((full, "--size=native"), "translates 32 x 32 pixels only"),
        ((cyclegan, "--heat_maps"), "CycleGAN has no attention"),
        ((preset, "--data=emoji"), "cannot be given together"),
        ((preset, "--batch_size=0"), "--batch_size must be at least 1"),
        ((tmp_path / "none",), "holds no trained model"),
    ):
        workdir, *flags = arguments
        command = _command(workdir, tmp_path / "out", photos, *flags)
        assert sentence in refusal(*command)
    _translate(cyclegan, tmp_path / "out", photos, "--panels")
    panel = pixels_of(tmp_path / "out" / "ab_panels" / "tall.png")
    assert panel.shape == (4 * _SIZE, _SIZE, 3)


def test_inputs_are_asked_for_where_there_is_no_run(preset, tmp_path, refusal):
    line = refusal(*_command(preset, tmp_path))
    assert "an input or --data is required" in line


def test_an_attngan_translates_nothing(tmp_path, refusal):
    for name, text in (
        ("model.weights.h5", ""),
        ("config.json", json.dumps({"class_name": "AttnGAN"})),
    ):
        (tmp_path / name).write_text(text)
    line = refusal(*_command(tmp_path, tmp_path / "out", "x.png"))
    assert "which translates no images" in line


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        (["a.jpg", "b/a.jpg"], ["a", "b/a"]),
        (["a.jpg", "a.png", "A.gif"], ["a_jpg", "a_png", "A_gif"]),
        (["a.jpg", "a.jpg", "a_jpg.png"], ["a_jpg", "a_jpg_2", "a_jpg_3"]),
        (["../../etc/x.png", "/y.png"], ["etc/x", "y"]),
        (["1f642"], ["1f642"]),
    ],
)
def test_names_are_unique_and_stay_inside(keys, names):
    assert output_names(keys) == names


def test_batches_hold_images_of_one_size_only(preset):
    arguments = types.SimpleNamespace(
        size="native", heat_maps=False, panels=False
    )
    translator = image_translator.ImageTranslator(
        preset, "ab", _SIZE, arguments
    )
    image = np.zeros((30, 22, 3), np.uint8)
    pictures = translator(translator.prepare(image)[None], [(30, 22)])
    assert pictures[""][0].shape == (30, 22, 3)
