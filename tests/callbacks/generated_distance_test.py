import numpy as np
import pytest

from tests.callbacks.tiny_model import TinyModel
from tests.callbacks.tiny_model import fit
from tests.fake_domains import FakeFeatures
from tfragan import metrics
from tfragan.callbacks import GeneratedDistance
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import RunFolder

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
