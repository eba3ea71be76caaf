import numpy as np
import pytest
import tensorflow as tf

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import GeneratedRPrecision
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import PairsRPrecision
from tfragan.callbacks import RunFolder


@pytest.fixture
def writer(tmp_path):
    return MetricsWriter(tmp_path, tensorboard=False)


def _pairs(ids, classes, batch=3):
    """Held-out pairs whose image and caption both carry their id."""
    ids = np.asarray(ids, np.int32)
    images = np.zeros((len(ids), 4, 4, 3), np.float32) + ids.reshape(
        -1, 1, 1, 1
    )
    data = tf.data.Dataset.from_tensor_slices(
        {
            "images": (images,),
            "token_ids": np.stack([ids, 0 * ids], axis=1),
            "class_ids": np.asarray(classes, np.int32),
        }
    )
    return lambda: data.batch(batch)


def _with_encoders(model):
    def image_encoder(images, training):
        assert training is False
        vectors = tf.one_hot(tf.cast(images[:, 0, 0, 0], tf.int32), 16)
        return images, vectors

    def text_encoder(token_ids, training):
        assert training is False
        return None, tf.one_hot(token_ids[:, 0], 16)

    model.image_encoder, model.text_encoder = image_encoder, text_encoder
    return model


def test_held_out_pairs_are_measured_each_epoch(writer, tmp_path):
    model = _with_encoders(compiled())
    pairs = _pairs([1, 2, 3, 4, 5], [0, 0, 0, 0, 0])
    history = fit(
        model, [PairsRPrecision(writer, pairs)], steps=2, epochs=2
    ).history
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [2, 4]
    assert records[0]["r_precision"] == 1.0
    assert records[0]["r_precision_chance"] == 0.2
    assert records[0]["r_precision_std"] == 0.0
    assert history["r_precision"] == [1.0, 1.0]


def test_equal_captions_are_not_compared(writer):
    evaluation = PairsRPrecision(writer, _pairs([1, 1, 2, 3], [0, 1, 2, 3]))
    evaluation.set_model(_with_encoders(compiled()))
    result = evaluation.measure()
    assert result.candidates == 3
    assert result.rate == 1.0


def test_other_classes_only_on_demand(writer):
    pairs = _pairs([1, 2, 3, 4], [0, 0, 1, 1])
    evaluation = PairsRPrecision(writer, pairs, other_classes_only=True)
    evaluation.set_model(_with_encoders(compiled()))
    assert evaluation.measure().candidates == 3


def test_generated_images_are_measured_by_the_models_damsm(writer, tmp_path):
    model = compiled()
    evaluation = GeneratedRPrecision(
        writer,
        ["ant", "bee", "cat", "dog", "ant"],
        generator_seed=10,
        batch_size=2,
        every_epochs=None,
        every_steps=2,
        candidates=3,
    )
    fit(model, [evaluation], steps=3)
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [2, 3]
    assert records[0]["r_precision"] == 1.0
    assert records[0]["r_precision_chance"] == pytest.approx(1 / 3)
    # A caption's seed does not depend on the batch size.
    assert [seed for _, seed in model.generated[:3]] == [10, 12, 14]


def test_no_pairs_is_one_clear_sentence(writer):
    evaluation = PairsRPrecision(writer, lambda: [])
    evaluation.set_model(compiled())
    with pytest.raises(ValueError, match="no held-out pairs"):
        evaluation.measure()
