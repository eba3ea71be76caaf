"""Published RAGAN files become the models they were made from."""

import functools

import numpy as np
import pytest

from tests.convert import published_ragan as published
from tests.convert.changed_tensors import exchange
from tests.convert.changed_tensors import remove
from tests.convert.changed_tensors import replace
from tests.convert.changed_tensors import widen
from tests.convert.changed_tensors import without
from tests.golden import group
from tests.golden import load
from tests.models import small_models
from tests.models.ragan.published_networks import NETWORKS
from tests.models.ragan.published_networks import first
from tests.models.ragan.published_networks import inputs_of
from tests.models.ragan.published_networks import last
from tests.models.ragan.published_networks import sequence
from tests.models.ragan.published_networks import word_mask
from tests.published import assert_same_weights
from tfragan.convert.ragan_weights import NO_DISCRIMINATORS
from tfragan.convert.ragan_weights import NO_SECOND_DISCRIMINATORS
from tfragan.convert.ragan_weights import convert_ragan
from tfragan.convert.weight_map import ConversionError

TEXT = (False, "text")
COLOR = (True, "image_text")
REFERENCE = (True, "image")
DOMAINS = (False, "image")


@functools.cache
def model_of(setting):
    return published.small_model(setting)


def convert(model, files, **options):
    return convert_ragan(damsm=model.damsm, **{**files, **options})


def assert_same_networks(found, expected):
    assert_same_weights(
        published.published_networks(found).values(),
        published.published_networks(expected).values(),
    )


@pytest.mark.parametrize("setting", published.SETTINGS)
def test_every_setting_is_told_by_its_files(setting, tmp_path):
    expected = model_of(setting)
    networks = published.with_idle(published.published_tensors(expected))
    files = published.write_files(networks, tmp_path)
    found, reports = convert(expected, files, image_size=24)

    config = found.get_preset_config()
    ignored = {"name", "code_dim"} if setting != COLOR else {"name"}
    for name, value in expected.get_preset_config().items():
        if name not in ignored and (found.encoder or "encoder_" not in name):
            assert config[name] == value, name
    assert_same_networks(found, expected)
    for report in reports.values():
        assert not report.missing
        assert set(report.unused) == set(report.notes)


@pytest.mark.parametrize("form", ["legacy", "zipped"])
def test_both_forms_of_files_tell_of_unread_bookkeeping(form, tmp_path):
    expected = model_of(TEXT)
    old = form == "legacy"
    networks = published.with_idle(published.published_tensors(expected), old)
    files = published.write_files(
        networks,
        tmp_path,
        prefix="" if old else "module.",
        form=form,
    )
    found, reports = convert(expected, files)
    assert_same_networks(found, expected)
    report = reports[str(files["generator"])]
    assert "unused   n1.running_mean: is bookkeeping of" in str(report)
    assert ("tr2.upsample.1.norm.running_var" in report.unused) == old
    assert not any("tracked" in name for name in report.unused)


def test_batch_normalization_is_told_and_reads_its_statistics(tmp_path):
    expected = published.small_model(COLOR, normalization="batch")
    files = published.write_files(
        published.published_tensors(expected), tmp_path
    )
    found, reports = convert(expected, files)
    assert found.normalization == "batch"
    assert_same_networks(found, expected)
    assert not any(report.unused for report in reports.values())


def test_a_translation_of_colored_pairs_has_to_be_told(tmp_path):
    expected = published.small_model((True, "text"), input_channels=3)
    files = published.write_files(
        published.published_tensors(expected), tmp_path
    )
    assert not convert(expected, files)[0].supervised
    assert convert(expected, files, supervised=True)[0].supervised


def test_what_there_is_no_file_of_stays_as_built(tmp_path):
    expected = model_of(DOMAINS)
    files = published.write_files(
        published.published_tensors(expected), tmp_path
    )
    found, reports = convert(expected, files)
    second = reports[NO_SECOND_DISCRIMINATORS].untouched
    assert second[0] == found.discriminators_of("a")[0].weights[0].path
    assert NO_DISCRIMINATORS not in reports
    # The discriminators are those of 24 to 47 pixels.
    assert found.image_size == 32

    found, reports = convert(expected, files, discriminators=(), image_size=64)
    assert found.image_size == 64
    untouched = reports[NO_DISCRIMINATORS].untouched
    assert untouched[-1] == found.discriminators_of("b")[-1].weights[-1].path


@pytest.mark.parametrize(
    ("setting", "change", "sentence"),
    [
        (
            TEXT,
            replace("G", "tr4.att.smooth.0.weight"),
            r"G_latest\.pth holds 1 tensors .*: tr4\.att\.smooth\.0\.weight",
        ),
        (
            TEXT,
            replace("G", "c1.conv.weight"),
            r"G_latest\.pth: the tensor c1\.conv\.weight, .* shape \(2, 3\)",
        ),
        (
            TEXT,
            remove("G", "tr1."),
            r"G_latest\.pth holds no block: .*tr1",
        ),
        (
            TEXT,
            widen("G", "tr2.att.conv_context.weight", 1),
            r"takes 8 numbers by n1\..* fewer than 16 .* by tr2\.att\.conv",
        ),
        (
            TEXT,
            widen("D_1", "c_norm1.ConBias.0.weight", 1),
            r"width is 16 by c_norm1.*D_1_latest.*, but 8 by tr2\.att.*of .*G_",
        ),
        (
            TEXT,
            widen("D_2", "model_2.conv.0.conv.weight", 0),
            r"width is 6 by model_2\.conv\.0\.conv\.weight of .*, but 3 was",
        ),
        (
            TEXT,
            remove("D_0", "c_con1"),
            r"D_0_latest\.pth lacks c_con1\.conv\.weight, .*guided by text",
        ),
        (
            TEXT,
            replace("D_2", "model_2.conv.2.conv.weight"),
            r"D_0.*D_2.* halve their images 1, 2, 3 and 3 times by their conv",
        ),
        (TEXT, exchange("D_0", "D_2"), r"D_0_latest\.pth lacks pre\.conv"),
        (TEXT, exchange("D_0", "D_1"), "halve their images 2, 1, 3 and 2 tim"),
        (TEXT, without("D_1"), "all or none. Received: 2 files"),
        (
            TEXT,
            exchange("G", "D_0"),
            r"G_latest\.pth holds no generator of RAGAN, but a discriminator",
        ),
        (
            COLOR,
            without("E_image"),
            r"a code of 3 numbers .* by n1\.Con.* E_image\.",
        ),
        (
            COLOR,
            widen("E_image", "fc.0.weight", 0),
            r"is 6 by fc\.0\.weight of .*E_image.*, but 3 by n1\.ConBias",
        ),
        (
            COLOR,
            exchange("E_image", "D_0"),
            r"E_image_latest\.pth holds no reference encoder of RAGAN, but a",
        ),
        (
            REFERENCE,
            without("E_image"),
            r"G_latest\.pth is guided by text: .* or by images: that of its E",
        ),
        (
            REFERENCE,
            widen("E_image", "fc.0.weight", 0),
            r"is 16 by fc\.0\.weight of .*, but 8 by tr2\.att",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    tmp_path, setting, change, sentence
):
    networks = published.published_tensors(model_of(setting))
    change(networks)
    files = published.write_files(networks, tmp_path)
    with pytest.raises(ConversionError, match=sentence):
        convert(model_of(setting), files)


@pytest.mark.parametrize(
    ("setting", "options", "sentence"),
    [
        (TEXT, {"image_size": 128}, "as no RAGAN for images of 128 pixels"),
        (COLOR, {"damsm": None}, r"text: the file of its text encoder is mis"),
        (COLOR, {"supervised": False}, r"of a RAGAN that is supervised, by "),
        (DOMAINS, {"supervised": True}, "that is unsupervised, by c1.conv"),
    ],
)
def test_what_contradicts_the_files_is_refused(
    tmp_path, setting, options, sentence
):
    model = model_of(setting)
    networks = published.published_tensors(model)
    files = published.write_files(networks, tmp_path)
    with pytest.raises(ConversionError, match=sentence):
        convert_ragan(**{"damsm": model.damsm, **files, **options})


def test_text_encoders_of_others_are_refused(tmp_path):
    networks = published.published_tensors(model_of(TEXT))
    files = published.write_files(networks, tmp_path / "text")
    with pytest.raises(ConversionError, match="of 8 numbers, by tr2.* have 10"):
        convert_ragan(**files, damsm=small_models.damsm(10))
    networks = published.published_tensors(model_of(REFERENCE))
    files = published.write_files(networks, tmp_path / "image")
    with pytest.raises(ConversionError, match="takes no text encoder"):
        convert_ragan(**files, damsm=small_models.damsm())


@pytest.mark.golden
@pytest.mark.parametrize("normalization", ["instance", "batch"])
def test_ragan_a_converted_file_makes_the_published_images(
    tmp_path, normalization
):
    arrays = load("ragan", f"generator_unsup_{normalization}")
    parameters = group(arrays, "param")
    files = published.write_files({"G": parameters}, tmp_path, prefix="module.")
    width = parameters["tr2.att.conv_context.weight"].shape[1]
    model, _ = convert_ragan(
        files["generator"], damsm=small_models.damsm(width)
    )
    given = inputs_of(arrays)
    outputs = model.generator(
        last(given["x"]),
        given["c_glob"],
        sequence(given["c_local"]),
        word_mask(given["mask"]),
        mask_order="published",
    )
    for number, image in enumerate(outputs["images"], 1):
        expected = arrays[f"out/eval/img{number}"]
        np.testing.assert_allclose(first(image), expected, **NETWORKS)
