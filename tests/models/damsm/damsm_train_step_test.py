import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nhwc
from tests.published import load_all
from tests.published import scalar
from tfragan.convert import attngan_weights
from tfragan.convert.weight_map import WeightEntry
from tfragan.distribution import Replica
from tfragan.models import DAMSM
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary


class TapHeads(keras.layers.Layer):
    """The two trainable heads on given trunk outputs."""

    def __init__(self, embedding_dim, **kwargs):
        super().__init__(**kwargs)
        self.embedding_dim = embedding_dim
        self.region_head = keras.layers.Dense(
            embedding_dim, use_bias=False, name="region_head"
        )
        self.image_head = keras.layers.Dense(embedding_dim, name="image_head")

    def build(self, input_shape):
        self.built = True

    def call(self, taps, training=False):
        middle, last = taps
        return self.region_head(middle), self.image_head(
            tf.reduce_mean(last, (1, 2))
        )

    def entries(self):
        return [
            WeightEntry(
                "emb_features.weight", self.region_head.kernel, "pointwise"
            ),
            WeightEntry("emb_cnn_code.weight", self.image_head.kernel, "dense"),
            WeightEntry("emb_cnn_code.bias", self.image_head.bias),
        ]


class _Recorder:
    """Notes the gradients that reach the optimizer."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.recorded = {}

    def scale_loss(self, loss):
        return loss

    def build(self, variables):
        self.optimizer.build(variables)

    def apply(self, gradients, variables):
        self.recorded = dict(
            zip([v.path for v in variables], gradients, strict=True)
        )
        self.optimizer.apply(gradients, variables)


@pytest.mark.golden
def test_attngan_damsm_step_equals_the_published_one():
    arrays = load("attngan", "damsm_step")
    table = arrays["param/text_encoder/encoder.weight"]
    taps = tuple(
        tf.constant(nhwc(arrays[f"in/{name}"]))
        for name in ("mixed_6e", "mixed_7c")
    )
    heads = TapHeads(arrays["param/image_encoder/emb_cnn_code.bias"].size)
    heads.region_head.build(taps[0].shape)
    heads.image_head.build((None, taps[1].shape[-1]))
    heads.build(None)
    vocabulary = ["<end>", *(f"word{i}" for i in range(1, table.shape[0]))]
    damsm = DAMSM(
        CaptionTokenizer(Vocabulary(vocabulary)),
        heads,
        word_dim=table.shape[1],
        **{f"gamma{i}": scalar(arrays, f"in/gamma{i}") for i in (1, 2, 3)},
    )
    entries = {
        "text_encoder": attngan_weights.text_encoder_entries(
            damsm.text_encoder
        ),
        "image_encoder": heads.entries(),
    }
    for part, part_entries in entries.items():
        load_all(part_entries, group(arrays, f"param/{part}"))
    rate, epsilon = scalar(arrays, "in/lr"), 1e-8
    optimizer = _Recorder(keras.optimizers.Adam(rate, 0.5, 0.999, epsilon))
    damsm.compile(optimizer, clip_norm=scalar(arrays, "in/clip_norm"))
    batch = {
        "images": [taps],
        "token_ids": tf.constant(arrays["in/captions"]),
        "class_ids": tf.constant(arrays["in/class_ids"]),
    }
    keep_mask = tf.constant(arrays["in/dropout_keep_mask"], tf.float32)
    losses = damsm.update_encoders(batch, keep_mask, Replica(1, 0))

    pairs = {
        "words_image_to_text": "w_loss0",
        "words_text_to_image": "w_loss1",
        "sentence_image_to_text": "s_loss0",
        "sentence_text_to_image": "s_loss1",
    }
    for name, key in pairs.items():
        assert_close(losses[f"loss/{name}"], arrays[f"out/{key}"], 1e-4, name)
    assert_close(losses["damsm_loss"], arrays["out/loss"], 1e-4)
    for part, part_entries in entries.items():
        gradients = group(arrays, f"grad/{part}")
        for entry in part_entries:
            named = entry.to_published(optimizer.recorded[entry.variable.path])
            for name, array in named.items():
                assert_close(array, gradients[name], 1e-4, name)
            after = entry.to_published(entry.variable.numpy())
            for name in entry.keys:
                # The first step of Keras' Adam, which is also the form that
                # PyTorch had at the time, from the fixture's own gradient.
                gradient = gradients[name].astype("float64")
                step = gradient / (np.abs(gradient) + epsilon / 0.001**0.5)
                before = arrays[f"param/{part}/{name}"].astype("float64")
                errors = np.abs(after[name] - (before - rate * step))
                # Where a gradient is nearly zero, rounding decides its sign
                # and with it the step.
                assert np.mean(errors > 5e-5) <= 1e-3, name
                assert errors.max() <= 2 * rate, name
                # The file holds the later form, which differs by up to the
                # rate where a gradient is not far above epsilon.
                wanted = arrays[f"after/{part}/{name}"]
                near = np.abs(after[name] - wanted) <= 5e-5
                assert np.mean(near | (np.abs(gradient) < 2e-5)) == 1.0, name
