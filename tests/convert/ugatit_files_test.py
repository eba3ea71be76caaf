"""Published files of every form become the model they were made from."""

import functools

import numpy as np
import pytest

from tests import golden
from tests.convert import torch_files
from tests.convert.published_ugatit import published_tensors
from tests.convert.published_ugatit import small_ugatit
from tests.convert.published_ugatit import write_paddle_replica
from tests.convert.published_ugatit import write_paddlegan
from tests.convert.published_ugatit import write_tensorflow1
from tfragan.convert.ugatit_weights import OTHER_ENTRIES
from tfragan.convert.ugatit_weights import convert_ugatit
from tfragan.convert.weight_map import ConversionError


@functools.cache
def pytorch_model():
    return small_ugatit()


def write_torch(networks, folder, write=torch_files.legacy, step=120):
    path = folder / f"cat2dog_params_{step:07}.pt"
    path.write_bytes(write(networks))
    return [path]


FORMS = {
    "legacy": write_torch,
    "zip": functools.partial(write_torch, write=torch_files.zipped),
    "paddle_replica": write_paddle_replica,
    "paddlegan": lambda *arguments: [write_paddlegan(*arguments)],
}


def assert_same_model(found, expected):
    configs = [found.get_config(), expected.get_config()]
    assert configs[0] == {**configs[1], "name": found.name}
    networks = expected.networks()
    for name, network in found.networks().items():
        for ours, theirs in zip(
            network.weights, networks[name].weights, strict=True
        ):
            np.testing.assert_array_equal(
                ours.numpy(), theirs.numpy(), f"{name} {ours.path}"
            )


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_pytorch_network_is_read(form, tmp_path):
    expected = pytorch_model()
    paths = FORMS[form](published_tensors(expected), tmp_path)

    found, reports = convert_ugatit(paths, image_size=32)

    assert_same_model(found, expected)
    for name in ("genA2B", "genB2A", "disGA", "disGB", "disLA", "disLB"):
        assert not reports[name].missing
        assert not reports[name].untouched
    assert reports["disLB"].unused == []
    step = 0 if form == "paddlegan" else 120
    assert int(found.global_step.numpy()) == step


def test_what_a_file_holds_besides_is_reported_with_its_reason(tmp_path):
    path = write_paddlegan(published_tensors(pytorch_model()), tmp_path)
    _, reports = convert_ugatit([path], image_size=32)
    assert reports[OTHER_ENTRIES].unused == ["epoch", "optimG"]
    text = str(reports["genA2B"])
    assert "unused   DownBlock.2.scale: 1 everywhere, which changes" in text
    assert "gap_fc.weight (1, 8) -> " in text
    assert "transposed from (in, out)" in text


def test_the_full_mode_tells_its_image_size(tmp_path):
    expected = small_ugatit(light=False)
    paths = write_torch(published_tensors(expected), tmp_path)
    found, _ = convert_ugatit(paths)
    assert_same_model(found, expected)
    with pytest.raises(ConversionError, match="for images of 32 pixels"):
        convert_ugatit(paths, image_size=64)


@pytest.mark.golden
def test_ugatit_a_converted_file_makes_the_published_panel(tmp_path):
    arrays = golden.load("ugatit", "test_panel")
    networks = {
        name: golden.group(arrays, f"param/{name}")
        for name in ("genA2B", "genB2A")
    }
    real = golden.nhwc(arrays["in/real_A"])
    size = real.shape[1]
    generator = networks["genA2B"]
    units, features = generator["FC.0.weight"].shape
    # Discriminators that fit small images, which the fixture lacks.
    judges = published_tensors(
        small_ugatit(
            image_size=size,
            light=units == features,
            width=len(generator["DownBlock.1.weight"]),
        )
    )
    path = tmp_path / "photos_params_latest.pt"
    path.write_bytes(torch_files.zipped({**judges, **networks}))

    model, _ = convert_ugatit([path], image_size=size)

    image = model.generator_ab(real)["image"].numpy()[0]
    # The fifth of seven pictures, in BGR.
    expected = arrays["out/A2B_bgr255"][4 * size : 5 * size, :, ::-1]
    np.testing.assert_allclose((image + 1) * 127.5, expected, atol=0.5)


@pytest.fixture(scope="module")
def tensorflow1_model():
    """A model as the paper's program makes it; some rho exceed 0.9."""
    return small_ugatit(variant="tensorflow1")


def test_tensorflow_checkpoints_are_read_by_their_names(
    tensorflow1_model, tmp_path
):
    networks = published_tensors(tensorflow1_model)
    prefix = write_tensorflow1(networks, tmp_path)

    found, reports = convert_ugatit([prefix], image_size=32)

    assert_same_model(found, tensorflow1_model)
    assert int(found.global_step.numpy()) == 120
    others = reports[OTHER_ENTRIES]
    assert "generator_A/CAM_logit/bias/Adam" in others.unused
    assert others.notes["beta1_power"] == "is the optimizer's"
    assert not reports["disGA"].unused


def test_the_older_layout_of_the_attention_keeps_what_weights_features(
    tensorflow1_model, tmp_path
):
    networks = published_tensors(tensorflow1_model)
    prefix = write_tensorflow1(
        networks,
        tmp_path,
        generator_B__CAM_logit__dense__kernel=np.ones((8, 1), "float32"),
        generator_B__CAM_logit__dense__bias=np.ones(1, "float32"),
    )
    found, reports = convert_ugatit([prefix], image_size=32)
    assert_same_model(found, tensorflow1_model)
    assert reports["genA2B"].unused == [
        "generator_B/CAM_logit/dense/bias",
        "generator_B/CAM_logit/dense/kernel",
    ]
    assert "no picture depends on it" in str(reports["genA2B"])


@pytest.mark.parametrize(
    ("highest", "asked", "smoothing"),
    [(1.0, None, True), (0.9, None, False), (0.9, True, True)],
)
def test_a_rho_that_never_exceeds_its_old_start_is_not_smoothed(
    tensorflow1_model, tmp_path, highest, asked, smoothing
):
    networks = published_tensors(tensorflow1_model)
    for name in ("genA2B", "genB2A"):
        for key in networks[name]:
            if key.endswith("instance_layer_norm/rho"):
                networks[name][key] = np.full(8, highest, "float32")
    prefix = write_tensorflow1(networks, tmp_path)
    found, _ = convert_ugatit([prefix], image_size=32, smoothing=asked)
    assert found.smoothing is smoothing


def test_every_rho_is_clipped_as_in_training(tmp_path):
    networks = published_tensors(pytorch_model())
    rho = networks["genB2A"]["UpBlock2.3.rho"]
    rho[0, :2, 0, 0] = [-0.5, 1.5]
    found, reports = convert_ugatit(write_torch(networks, tmp_path), 32)
    clipped = found.generator_ba.up_blocks[0].norm.rho.numpy()
    np.testing.assert_array_equal(clipped[:2], [0, 1])
    assert "2 of 4 values" in reports["genB2A"].notes["UpBlock2.3.rho"]


@pytest.mark.parametrize(
    ("network", "change", "sentence"),
    [
        ("genA2B", {"FC.2.weight": "FC.1.weight"}, "before 2019-08-07.*ReLU"),
        (
            "genB2A",
            {
                "FC.2.weight": "FC.1.weight",
                "UpBlock2.11.weight": "UpBlock2.9.weight",
            },
            "of a port with another network.*biased variances",
        ),
        ("genA2B", {"gamma.weight": "gammas.weight"}, "lacks 1 tensors.*gamma"),
        ("genA2B", {"FC.0.weight": "FC.weight"}, "it lacks FC.0.weight"),
        ("disGA", {"model.1.bias": "model.0.bias"}, "lacks model.1.bias"),
    ],
)
def test_other_networks_are_refused_with_the_reason(
    tmp_path, network, change, sentence
):
    networks = published_tensors(pytorch_model())
    for old, new in change.items():
        networks[network][new] = networks[network].pop(old)
    with pytest.raises(ConversionError, match=sentence):
        convert_ugatit(write_torch(networks, tmp_path), image_size=32)


def test_a_learned_scale_of_instance_normalization_is_refused(tmp_path):
    networks = published_tensors(pytorch_model())
    path = write_paddlegan(
        networks, tmp_path, DownBlock__2__scale=np.array([1, 1.25])
    )
    with pytest.raises(ConversionError, match=r"DownBlock\.2\.scale was learn"):
        convert_ugatit([path], image_size=32)


def test_widths_that_differ_are_refused(tmp_path):
    networks = published_tensors(pytorch_model())
    networks["disGA"]["model.1.bias"] = np.zeros(3, "float32")
    with pytest.raises(ConversionError, match="2 channels.*discriminators 3"):
        convert_ugatit(write_torch(networks, tmp_path), image_size=32)
