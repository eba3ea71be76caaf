"""Files of U-GAT-IT: their forms, what they tell, and what is refused."""

import functools
import pickle

import numpy as np
import pytest

from tests import golden
from tests.convert import torch_files
from tests.convert.published_ugatit import published_tensors
from tests.convert.published_ugatit import small_ugatit
from tests.convert.published_ugatit import write_paddle_replica
from tests.convert.published_ugatit import write_paddlegan
from tests.convert.published_ugatit import write_tensorflow1
from tests.published import assert_same_weights
from tfragan.convert import ugatit_weights
from tfragan.convert.ugatit_weights import OTHER_ENTRIES
from tfragan.convert.ugatit_weights import convert_ugatit
from tfragan.convert.ugatit_weights import published_form
from tfragan.convert.ugatit_weights import read_ugatit_checkpoint
from tfragan.convert.ugatit_weights import right_vector
from tfragan.convert.weight_map import ConversionError
from tfragan.models.ugatit.ugatit_discriminator import UGATITDiscriminator
from tfragan.models.ugatit.ugatit_generator import UGATITGenerator

TENSOR = np.ones((2, 3), "float32")


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
    assert_same_weights(found.networks().values(), expected.networks().values())


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


# Names of tensors.


def test_all_features_of_the_full_mode_are_brought_into_our_order():
    generator = UGATITGenerator(8, width=1, residual_blocks=1)
    generator.build()
    entries = {
        e.keys[0]: e for e in ugatit_weights.generator_entries(generator)
    }
    # The weight of a feature is its published place: channel, row, column.
    published = np.tile(np.arange(16.0), (4, 1))
    ours = entries["FC.0.weight"].from_published([published])
    features = np.arange(16).reshape(4, 2, 2).transpose(1, 2, 0)
    np.testing.assert_array_equal(ours[:, 0], features.reshape(-1))


def test_the_published_tensorflow_program_has_its_248_variables():
    generator = UGATITGenerator(8, variant="tensorflow1", width=1)
    generator.build()
    entries = []
    for letter in "AB":
        entries += ugatit_weights.tensorflow1_generator_entries(
            generator, f"generator_{letter}"
        )
        for kind, layers in (("local", 5), ("global", 7)):
            network = UGATITDiscriminator(layers, 1, "tensorflow1")
            network.build()
            entries += ugatit_weights.tensorflow1_discriminator_entries(
                network, f"discriminator_{letter}/{kind}"
            )
    names = [entry.keys[0] for entry in entries]
    assert len(set(names)) == len(names)
    learned = [entry.keys[0] for entry in entries if entry.variable.trainable]
    assert len(learned) == 248
    assert sum(name.endswith("kernel") for name in learned) == 88
    vectors = set(names) - set(learned)
    assert len(vectors) == 2 * (6 + 8)
    assert all(name.endswith("/u") for name in vectors)
    assert {
        "generator_A/conv/conv2d/kernel",
        "generator_B/ins_norm_1/gamma",
        "generator_A/resblock_3/res2/instance_norm/beta",
        "generator_B/adaptive_resblock0/res1/instance_layer_norm/rho",
        "generator_A/MLP/gamma/dense/bias",
        "generator_B/layer_ins_norm_1/rho",
        "discriminator_A/local/conv_last/bias",
        "discriminator_B/global/CAM_logit/kernel",
        "discriminator_B/global/D_logit/u",
    } <= set(names)


def test_names_of_the_other_variant_are_refused():
    generator = UGATITGenerator(8, width=1, residual_blocks=1)
    with pytest.raises(ValueError, match="'tensorflow1'.*'pytorch'"):
        ugatit_weights.tensorflow1_generator_entries(generator, "generator_A")
    discriminator = UGATITDiscriminator(4, 1, "tensorflow1")
    with pytest.raises(ValueError, match="'pytorch'.*'tensorflow1'"):
        ugatit_weights.discriminator_entries(discriminator)


# Which network a file holds.


def write_one(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_of_one_network_needs_its_name(tmp_path):
    content = pickle.dumps({"FC.0.weight": TENSOR}, 2)
    paths = [
        write_one(tmp_path, f"cats_{name}_params_0000007.pdparams", content)
        for name in ("genA2B", "genB2A")
    ]
    checkpoint = read_ugatit_checkpoint(paths)
    assert list(checkpoint.networks) == ["genA2B", "genB2A"]
    assert checkpoint.step == 7
    path = write_one(tmp_path, "cats.pdparams", content)
    with pytest.raises(ConversionError, match="has to tell which: .*disLB"):
        read_ugatit_checkpoint([path])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "gan.pt",
            torch_files.legacy({"netG": {"w": TENSOR}}),
            "lacks genA2B and genB2A, and has netG",
        ),
        (
            "gan.pt",
            torch_files.zipped({"genA2B": {"w": TENSOR}}),
            "lacks genB2A, and has genA2B",
        ),
        ("gan.pickle", pickle.dumps({}, 2), "and has nothing"),
    ],
)
def test_other_files_are_named_for_what_they_hold(
    tmp_path, name, content, sentence
):
    path = write_one(tmp_path, name, content)
    with pytest.raises(ConversionError, match=sentence):
        read_ugatit_checkpoint([path])


def test_a_folder_needs_a_checkpoint(tmp_path):
    with pytest.raises(ConversionError, match="without a TensorFlow check"):
        read_ugatit_checkpoint([tmp_path])


# Spectral norms of files before PyTorch 1.0.


@pytest.mark.parametrize("shape", [(4, 3, 2, 2), (16, 2, 2, 2), (1, 9)])
def test_the_right_vector_gives_the_norm_that_was_used(shape):
    draw = np.random.default_rng(0)
    stored = draw.normal(size=shape).astype("float32")
    matrix = stored.reshape(shape[0], -1).astype("float64")
    left = draw.normal(size=shape[0])
    for _ in range(3):
        left = matrix @ (matrix.T @ left)
        left /= np.linalg.norm(left)
    norm = np.linalg.norm(matrix.T @ left)

    vector = right_vector(stored, left, stored / np.float32(norm))

    np.testing.assert_allclose(left @ matrix @ vector, norm, rtol=1e-5)
    if shape[0] <= matrix.shape[1]:
        image = matrix @ vector
        np.testing.assert_allclose(image, norm * left, rtol=1e-4, atol=1e-5)


def test_older_files_judge_as_their_normalized_weights_do():
    expected = published_tensors(small_ugatit())["disLA"]
    tensors = dict(expected)
    for name in [name for name in expected if name.endswith(".weight_v")]:
        layer = name[: -len(".weight_v")]
        stored = tensors[f"{layer}.weight_orig"]
        matrix = stored.reshape(len(stored), -1)
        left = np.linalg.svd(matrix)[0][:, 0]
        norm = np.linalg.norm(matrix.T @ left)
        del tensors[name]
        tensors[f"{layer}.weight_u"] = left.astype("float32")
        tensors[f"{layer}.weight"] = stored / norm

    found, notes = published_form("disLA", tensors, "old.pt")

    assert set(expected) <= set(found)
    assert notes["model.1.weight"] == (
        "model.1.weight_orig divided by its spectral norm"
    )
    assert "before 1.0" in notes["conv.weight_v"]
    for name in [name for name in expected if name.endswith(".weight_v")]:
        layer = name[: -len(".weight_v")]
        stored = found[f"{layer}.weight_orig"]
        matrix = stored.reshape(len(stored), -1)
        norm = found[f"{layer}.weight_u"] @ matrix @ found[name]
        np.testing.assert_allclose(
            stored / norm, found[f"{layer}.weight"], rtol=1e-4
        )


def test_an_older_file_with_nan_is_refused_before_a_vector_is_computed():
    stored = np.full((4, 3), np.nan, "float32")
    tensors = {
        "conv.weight_orig": stored,
        "conv.weight_u": np.ones(4, "float32"),
        "conv.weight": stored,
    }
    with pytest.raises(
        ConversionError, match=r"conv\.weight_orig.* not finite"
    ):
        published_form("disLA", tensors, "old.pt")
