"""LPIPS on random weights of the true shapes."""

import sys

import numpy as np
import pytest

from tests.golden import assert_close
from tests.random_networks import lpips_backbone
from tests.random_networks import lpips_heads
from tfragan import metrics
from tfragan.metrics.lpips_trunk import LPIPSTrunk


def _images(count, side=40, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, side, side + 6, 3), np.uint8)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lpips")
    paths = folder / "backbone.npz", folder / "heads.npz"
    np.savez(paths[0], **lpips_backbone("alexnet"))
    np.savez(paths[1], **lpips_heads("alexnet"))
    return paths


@pytest.fixture(scope="module")
def distance(files):
    return metrics.lpips("alexnet", *files)


def test_it_is_equation_1_of_the_paper(distance):
    first, second = _images(1), _images(1, seed=1)
    tensors = lpips_backbone("alexnet")
    trunk = LPIPSTrunk("alexnet")
    trunk.build((None, None, None, 3))
    for number, layer in trunk.convolutions.items():
        kernel = tensors[f"features.{number}.weight"].transpose(2, 3, 1, 0)
        layer.set_weights([kernel, tensors[f"features.{number}.bias"]])
    unit = []
    for images in (first, second):
        levels = images.astype(np.float64) / 255.0
        mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        x = (levels - mean) / deviation
        maps = [np.asarray(each, np.float64) for each in trunk(x)]
        unit.append(
            [each / np.linalg.norm(each, axis=-1)[..., None] for each in maps]
        )
    expected = 0.0
    heads = lpips_heads("alexnet").values()
    for one, other, head in zip(*unit, heads, strict=True):
        weighted = (one - other) ** 2 * head.reshape(-1)
        expected += weighted.sum(-1).mean()
    # Shift and scale of the package are ImageNet's, rounded to 3 digits.
    assert distance(first, second)[0] == pytest.approx(expected, rel=2e-3)


def test_pairs_are_measured_in_batches(distance):
    first, second = _images(5), _images(5, seed=1)
    whole = distance(first, second)
    assert whole.shape == (5,)
    assert (whole > 0.01).all()
    assert_close(distance(first, second, batch_size=2), whole, 1e-5)
    assert_close(distance(second, first), whole, 1e-5)
    np.testing.assert_array_equal(distance(first, first), 0.0)
    assert distance(first[:0], second[:0]).shape == (0,)


def test_all_pairs_of_some_images(distance):
    images = _images(3)
    expected = distance(images[[0, 0, 1]], images[[1, 2, 2]])
    assert_close(distance.among(images), expected, 1e-5)


def test_diversity_is_a_mean_over_captions(distance):
    groups = [_images(3, seed=1), _images(4, seed=2), _images(2, seed=3)]
    groups[2][1] = groups[2][0]
    result = metrics.lpips_diversity(distance, iter(groups))
    means = [distance.among(group).mean(dtype=np.float64) for group in groups]
    assert result.by_caption == pytest.approx(means)
    # Rows of one batch may be rounded differently.
    assert means[2] == pytest.approx(0.0, abs=1e-12)
    assert result.value == pytest.approx(np.mean(means))
    error = np.std(means, ddof=1) / np.sqrt(3)
    assert result.standard_error == pytest.approx(error)
    assert result.pairs == 3 + 6 + 1
    alone = metrics.lpips_diversity(distance, groups[:1])
    assert alone.standard_error is None
    with pytest.raises(ValueError, match="at least one caption"):
        metrics.lpips_diversity(distance, [])


def test_protocol_says_which_weights(distance, files, tmp_path):
    protocol = distance.protocol()
    assert protocol["features"] == distance.name == "lpips_alexnet"
    assert protocol["resize"] == "none"
    assert protocol["weights"] == "backbone.npz with heads.npz"
    heads = tmp_path / "heads.npz"
    np.savez(heads, **lpips_heads("alexnet", seed=8))
    other = metrics.lpips("alexnet", files[0], heads).protocol()
    assert other["weights_sha256"] != protocol["weights_sha256"]


def test_heads_come_with_the_package_which_is_not_imported(
    files, tmp_path, monkeypatch
):
    folder = tmp_path / "lpips" / "weights" / "v0.1"
    folder.mkdir(parents=True)
    source = "raise AssertionError('imported')"
    (tmp_path / "lpips" / "__init__.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "lpips", raising=False)
    with pytest.raises(FileNotFoundError, match="alex.pth is not a file"):
        metrics.lpips("alexnet", files[0])


def test_missing_files_say_where_they_are_had(files, tmp_path, monkeypatch):
    missing = tmp_path / "alexnet-owt-7be5be79.pth"
    with pytest.raises(FileNotFoundError, match="download.pytorch.org"):
        metrics.lpips("alexnet", missing, files[1])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install --no-deps lpips"):
        metrics.lpips("alexnet", files[0])
    with pytest.raises(ValueError, match="network='squeeze'"):
        metrics.lpips("squeeze", files[0])
    with pytest.raises(ValueError, match="lin0.model.1.weight"):
        metrics.lpips("alexnet", *files[:1] * 2)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 40, 40, 3), np.float32),
        np.zeros((40, 40, 3), np.uint8),
        np.zeros((2, 30, 40, 3), np.uint8),
    ],
)
def test_other_images_are_refused(distance, images):
    with pytest.raises(ValueError, match="at least 31 x 31. Received"):
        distance(images, images)
    with pytest.raises(ValueError, match="one shape"):
        distance(_images(1), _images(2))
    with pytest.raises(ValueError, match="at least two images"):
        distance.among(_images(1))
