import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nhwc
from tests.published import GradientRecorder
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


_EPSILON = 1e-8
_LOSSES = {
    "damsm_loss": "loss",
    "loss/words_image_to_text": "w_loss0",
    "loss/words_text_to_image": "w_loss1",
    "loss/sentence_image_to_text": "s_loss0",
    "loss/sentence_text_to_image": "s_loss1",
}


def _taps(arrays):
    return tuple(
        tf.constant(nhwc(arrays[f"in/{name}"]))
        for name in ("mixed_6e", "mixed_7c")
    )


def _assembled_damsm(arrays):
    table = arrays["param/text_encoder/encoder.weight"]
    taps = _taps(arrays)
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
    text_entries = attngan_weights.text_encoder_entries(damsm.text_encoder)
    entries = {"text_encoder": text_entries, "image_encoder": heads.entries()}
    for part, part_entries in entries.items():
        load_all(part_entries, group(arrays, f"param/{part}"))
    adam = damsm.published_optimizer(
        "matching", learning_rate=scalar(arrays, "in/lr")
    )
    damsm.compile(
        GradientRecorder(adam), clip_norm=scalar(arrays, "in/clip_norm")
    )
    return damsm, entries


@pytest.mark.golden
def test_attngan_damsm_step_equals_the_published_one():
    arrays = load("attngan", "damsm_step")
    damsm, entries = _assembled_damsm(arrays)
    batch = {
        "images": [_taps(arrays)],
        "token_ids": tf.constant(arrays["in/captions"]),
        "class_ids": tf.constant(arrays["in/class_ids"]),
    }
    keep_mask = tf.constant(arrays["in/dropout_keep_mask"], tf.float32)
    losses = damsm.update_encoders(batch, keep_mask, Replica(1, 0))
    for name, key in _LOSSES.items():
        assert_close(losses[name], arrays[f"out/{key}"], 1e-4, name)
    recorded = damsm.matching_optimizer.recorded
    for part, part_entries in entries.items():
        gradients = group(arrays, f"grad/{part}")
        for entry in part_entries:
            named = entry.to_published(recorded[entry.variable.path])
            for name, array in named.items():
                assert_close(array, gradients[name], 1e-4, name)
            _assert_updated(entry, arrays, part, gradients)


def _assert_updated(entry, arrays, part, gradients):
    rate = scalar(arrays, "in/lr")
    after = entry.to_published(entry.variable.numpy())
    for name in entry.keys:
        # The first step of Adam in the form that PyTorch had at the time,
        # from the fixture's own gradient.
        gradient = gradients[name].astype("float64")
        step = gradient / (np.abs(gradient) + _EPSILON / 0.001**0.5)
        before = arrays[f"param/{part}/{name}"].astype("float64")
        errors = np.abs(after[name] - (before - rate * step))
        # Where a gradient is nearly zero, rounding decides its sign and with
        # it the step.
        assert np.mean(errors > 5e-5) <= 1e-3, name
        assert errors.max() <= 2 * rate, name
        # The file holds the later form, which differs by up to the rate
        # where a gradient is not far above epsilon.
        near = np.abs(after[name] - arrays[f"after/{part}/{name}"]) <= 5e-5
        assert np.all(near | (np.abs(gradient) < 2e-5)), name
