"""RAGAN's networks against the published ones."""

import numpy as np
import pytest
import tensorflow as tf

from tests.golden import group
from tests.golden import load
from tests.models.ragan import published_networks as published
from tests.models.ragan.published_networks import first
from tests.models.ragan.published_networks import last
from tests.models.ragan.published_networks import sequence
from tests.models.ragan.published_networks import word_mask
from tfragan.convert import ragan_weights
from tfragan.convert.weight_map import layer_entries
from tfragan.models.ragan.ragan_discriminator import halved
from tfragan.models.ragan.ragan_encoders import sampled_code
from tfragan.models.ragan.ragan_generator import RefiningStage
from tfragan.models.ragan.ragan_layers import CentralBiasingNormalization
from tfragan.models.ragan.ragan_layers import GatedBiasedBlock
from tfragan.models.ragan.ragan_layers import ResidualAttention
from tfragan.models.ragan.ragan_layers import convolution

pytestmark = pytest.mark.golden

KINDS = ("instance", "batch")


@pytest.mark.parametrize(
    ("name", "kind"), [("norm_cbin", "instance"), ("norm_cbbn", "batch")]
)
def test_ragan_normalization(name, kind):
    arrays = load("ragan", name)
    layer = CentralBiasingNormalization(kind)
    layer.build(
        (None, None, None, arrays["in/x"].shape[1]), arrays["in/c"].shape
    )
    entries = ragan_weights.normalization_entries(layer, "")
    entries = [_without_dot(entry) for entry in entries]

    def run(inputs, training):
        outputs = layer(last(inputs["x"]), inputs["c"], training=training)
        return {"y": first(outputs)}

    published.assert_module(arrays, entries, run, published.LAYERS)


def _without_dot(entry):
    keys = tuple(key.removeprefix(".") for key in entry.keys)
    return type(entry)(keys, entry.variable, entry.layout, entry.combine)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("residual_block_cbin", "instance"),
        ("residual_block_cbbn", "batch"),
    ],
)
def test_ragan_residual_block(name, kind):
    arrays = load("ragan", name)
    block = GatedBiasedBlock(kind)
    block.build(
        (None, None, None, arrays["in/x"].shape[1]), arrays["in/c"].shape
    )

    def run(inputs, training):
        x, gate = last(inputs["x"]), last(inputs["w"])
        plain = block(x, inputs["c"], training=training)
        gated = block(x, inputs["c"], gate, training=training)
        return {"y_plain": first(plain), "y_weighted": first(gated)}

    entries = ragan_weights.block_entries(block, "")
    # The fixture's statistics are those after a single call.
    several = {
        key: value
        for key, value in arrays.items()
        if not key.startswith("out/after_train")
    }
    published.assert_module(several, entries, run, published.LAYERS)
    published.load_published(entries, group(arrays, "param"))
    inputs = published.inputs_of(arrays)
    block(last(inputs["x"]), inputs["c"], training=True)
    published.assert_statistics(
        entries, group(arrays, "out/after_train"), published.LAYERS
    )


def test_ragan_attention():
    arrays = load("ragan", "attention")
    layer = ResidualAttention()
    channels, words = arrays["in/x"].shape[1], arrays["in/words"].shape[1]
    layer.build((None, None, None, channels), (None, None, words))

    def run(inputs, training):
        outputs = {}
        for name, mask, order in (
            ("nomask", None, None),
            ("refmask", word_mask(inputs["mask"]), "published"),
            ("samplemask", word_mask(inputs["mask"]), "correct"),
        ):
            gate, attention_map = layer(
                last(inputs["x"]),
                sequence(inputs["words"]),
                mask,
                mask_order=order,
            )
            outputs[f"{name}/weight"] = first(gate)
            outputs[f"{name}/attn"] = first(attention_map)
        return outputs

    entries = ragan_weights.attention_entries(layer, "")
    published.assert_module(
        arrays, entries, run, published.LAYERS, inference=False
    )


@pytest.mark.parametrize("kind", KINDS)
def test_ragan_refining_stage(kind):
    arrays = load("ragan", f"stage2_{kind}")
    channels = arrays["in/h"].shape[1]
    stage = RefiningStage(channels // 2, kind, mask_order="published")
    stage.build(
        (None, None, None, channels),
        arrays["in/c"].shape,
        (None, None, arrays["in/words"].shape[1]),
    )
    head, head_entries = _image_head(channels // 2)

    def run(inputs, training):
        x, attention_map = stage(
            last(inputs["h"]),
            inputs["c"],
            sequence(inputs["words"]),
            word_mask(inputs["mask"]),
            training=training,
        )
        return {
            "h": first(x),
            "img": first(tf.nn.tanh(head(x))),
            "attn": first(attention_map),
        }

    entries = ragan_weights.stage_entries(stage, "tr.") + head_entries
    published.assert_module(arrays, entries, run, published.NETWORKS)


@pytest.mark.parametrize("kind", KINDS)
def test_ragan_coarse_stage(kind):
    arrays = load("ragan", f"stage1_{kind}")
    shape = (None, None, None, arrays["in/h"].shape[1])
    numbers = {
        key.split(".")[2]
        for key in group(arrays, "param")
        if key.startswith("tr.")
    }
    blocks = [GatedBiasedBlock(kind) for _ in numbers]
    head, entries = _image_head(shape[-1])
    for number, block in enumerate(blocks):
        block.build(shape, arrays["in/c"].shape)
        entries += ragan_weights.block_entries(block, f"tr.translate.{number}.")

    def run(inputs, training):
        x = last(inputs["h"])
        for block in blocks:
            x = block(x, inputs["c"], training=training)
        return {"h": first(x), "img": first(tf.nn.tanh(head(x)))}

    published.assert_module(arrays, entries, run, published.NETWORKS)


def _image_head(channels):
    head = convolution(3, 3, "head", "float32")
    head.build((None, None, None, channels))
    return head, layer_entries({"img.img.conv": head})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("setting", ["unsup", "sup"])
def test_ragan_generator(setting, kind):
    arrays = load("ragan", f"generator_{setting}_{kind}")
    generator = published.make_generator(group(arrays, "param"), kind)
    entries = ragan_weights.generator_entries(generator)
    inner = ("h1", "h2", "h3", "tr1", "tr2", "tr3", "weight2", "weight3")

    def run(inputs, training, mask="mask", mask_order=None):
        outputs = generator(
            last(inputs["x"]),
            inputs["c_glob"],
            sequence(inputs["c_local"]),
            mask and word_mask(inputs[mask]),
            inputs.get("e"),
            training=training,
            mask_order=mask_order,
        )
        named = {
            f"img{number}": first(image)
            for number, image in enumerate(outputs["images"], 1)
        }
        for number, attention_map in enumerate(outputs["attention_maps"], 2):
            named[f"attn{number}"] = first(attention_map)
        return named

    arrays = {
        key: value
        for key, value in arrays.items()
        if not key.endswith(inner) and "attnmap" not in key
    }
    published.assert_module(arrays, entries, run, published.NETWORKS)
    inputs = published.inputs_of(arrays)
    for name, options in (
        ("nomask", {"mask": None}),
        ("samplemask", {"mask_order": "correct"}),
    ):
        published.load_published(entries, group(arrays, "param"))
        published.assert_outputs(
            run(inputs, True, **options),
            group(arrays, f"out/train_{name}"),
            published.NETWORKS,
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("setting", ["unsup", "sup"])
def test_ragan_generator_inside(setting, kind):
    arrays = load("ragan", f"generator_{setting}_{kind}")
    generator = published.make_generator(group(arrays, "param"), kind)
    entries = ragan_weights.generator_entries(generator)
    published.load_published(entries, group(arrays, "param"))
    inputs = published.inputs_of(arrays)
    condition = generator.condition(inputs["c_glob"], inputs.get("e"))
    maps = generator.encode(last(inputs["x"]), condition, True)
    outputs = {f"h{number}": first(x) for number, x in enumerate(maps, 1)}
    x = maps[-1]
    for block in generator.coarse_blocks:
        x = block(x, condition, training=True)
    outputs["tr1"] = first(x)
    words, mask = sequence(inputs["c_local"]), word_mask(inputs["mask"])
    for number, stage in enumerate(generator.refining_stages, 2):
        gate = stage.attention(x, words, mask)[0]
        outputs[f"weight{number}"] = first(gate)
        x = stage(x, condition, words, mask, training=True)[0]
        outputs[f"tr{number}"] = first(x)
    expected = {name: arrays[f"out/train/{name}"] for name in outputs}
    published.assert_outputs(outputs, expected, published.NETWORKS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("network", ["single3", "single4", "multi4"])
def test_ragan_discriminator(network, kind):
    arrays = load("ragan", f"disc_{network}_{kind}")
    _assert_discriminator(arrays, kind)


def test_ragan_discriminator_without_sentence():
    _assert_discriminator(load("ragan", "disc_uncond_instance"), "instance")


def _assert_discriminator(arrays, kind):
    parameters = group(arrays, "param")
    size = min(arrays["in/x"].shape[2:])
    network = published.make_discriminator(parameters, size, kind)
    entries = ragan_weights.discriminator_entries(network)

    def run(inputs, training, activation=tf.nn.sigmoid):
        features = network(last(inputs["x"]), training=training)
        named = {"x_code": features, "pre": network.unconditional(features)}
        for name, sentence in (("c_pre", "c"), ("c_pre_c2", "c2")):
            if network.embedding_dim:
                logits = network.conditional(
                    features, inputs[sentence], training=training
                )
                named[name] = [activation(part) for part in logits]
        if network.parts == 1:
            return {name: first(parts[0]) for name, parts in named.items()}
        numbered = {
            f"{name}_{number}": first(part)
            for name, parts in named.items()
            for number, part in enumerate(parts)
        }
        return {**numbered, "down": first(halved(last(inputs["x"])))}

    published.assert_module(arrays, entries, run, published.NETWORKS)
    published.load_published(entries, parameters)
    logits = group(arrays, "out/train_lsgan")
    if network.embedding_dim:
        outputs = run(published.inputs_of(arrays), True, tf.identity)
        for name, expected in logits.items():
            outputs[name] = outputs[name.replace("c_logit", "c_pre")]
            np.testing.assert_allclose(
                outputs[name], expected, **published.NETWORKS
            )


@pytest.mark.parametrize("kind", KINDS)
def test_ragan_background_encoder(kind):
    arrays = load("ragan", f"encoder_global_{kind}")
    encoder = published.make_encoder(group(arrays, "param"), False, kind)

    def run(inputs, training):
        mean, log_variance = encoder(last(inputs["x"]), training=training)
        code = sampled_code(mean, log_variance, inputs["eps"])
        return {"mu": mean, "logvar": log_variance, "code": code}

    entries = ragan_weights.encoder_entries(encoder)
    published.assert_module(arrays, entries, run, published.NETWORKS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoder", ["local", "cond_local"])
def test_ragan_local_encoder(encoder, kind):
    arrays = load("ragan", f"encoder_{encoder}_{kind}")
    encoder = published.make_encoder(group(arrays, "param"), True, kind)

    def run(inputs, training):
        mean, log_variance = encoder(
            last(inputs["x"]), inputs.get("z"), training=training
        )
        dim = mean.shape[-1]
        # The fixture has the positions of all samples in one row.
        noise = tf.reshape(inputs["eps"], tf.shape(mean))
        codes = sampled_code(mean, log_variance, noise)
        return {
            "mu": tf.reshape(mean, (-1, dim)),
            "logvar": tf.reshape(log_variance, (-1, dim)),
            "code_global": tf.reduce_mean(codes, 1),
            "code_local": sequence(codes),
        }

    entries = ragan_weights.encoder_entries(encoder)
    published.assert_module(arrays, entries, run, published.NETWORKS)
