"""Distances of the same features beside clean-fid, torch-fidelity, prdc."""

import numpy as np
import pytest

from tfragan import metrics

torch = pytest.importorskip("torch")
cleanfid = pytest.importorskip("cleanfid.fid")
prdc = pytest.importorskip("prdc")
torch_fid = pytest.importorskip("torch_fidelity.metric_fid")
torch_kid = pytest.importorskip("torch_fidelity.metric_kid")
torch_prc = pytest.importorskip("torch_fidelity.metric_prc")


@pytest.fixture
def features(outputs):
    """Features of both sets in fewer dimensions than there are images."""
    kernel = np.random.default_rng(0).normal(size=(2048, 48)) / np.sqrt(2048)
    return [(each["features"] @ kernel).astype(np.float64) for each in outputs]


def test_frechet_distance(features, assert_close):
    ours = metrics.frechet_distance(*features)
    statistics = [metrics.gaussian_statistics(each) for each in features]
    expected = cleanfid.frechet_distance(*statistics[0], *statistics[1])
    what = "Frechet distance, 48 dimensions"
    assert_close(what, "clean-fid", ours, expected, 1e-6)
    theirs = [
        torch_fid.fid_features_to_statistics(torch.tensor(each))
        for each in features
    ]
    for (mean, covariance), each in zip(statistics, theirs, strict=True):
        assert_close("mean", "torch-fidelity", mean, each["mu"], 1e-12)
        assert_close(
            "covariance", "torch-fidelity", covariance, each["sigma"], 1e-12
        )
    expected = torch_fid.fid_statistics_to_metric(*theirs, verbose=False)
    value = expected["frechet_inception_distance"]
    assert_close(what, "torch-fidelity", ours, value, 1e-6)


def test_kernel_distance(features, assert_close):
    ours = metrics.kernel_distance(*features, subsets=1)
    count = len(features[0])
    expected = cleanfid.kernel_distance(
        *features, num_subsets=1, max_subset_size=count
    )
    assert_close(
        "kernel distance of all", "clean-fid", ours.value, expected, 1e-9
    )
    expected = torch_kid.kid_features_to_metric(
        *map(torch.tensor, features),
        kid_subset_size=count,
        kid_subsets=1,
        verbose=False,
    )["kernel_inception_distance_mean"]
    assert_close(
        "kernel distance of all", "torch-fidelity", ours.value, expected, 1e-9
    )


def test_kernel_distance_of_subsets_has_their_mean_and_spread(features):
    subsets, size = 400, 16
    ours = metrics.kernel_distance(*features, subsets, subset_size=size)
    theirs = torch_kid.kid_features_to_metric(
        *map(torch.tensor, features),
        kid_subset_size=size,
        kid_subsets=subsets,
        verbose=False,
    )
    spread = theirs["kernel_inception_distance_std"]
    # Other subsets are drawn: both are estimates, within four errors.
    error = spread * np.sqrt(2.0 / subsets)
    mean = theirs["kernel_inception_distance_mean"]
    assert abs(ours.subset_mean - mean) < 4 * error
    assert ours.subset_std == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_precision_and_recall(features, shift, assert_close):
    real, generated = features
    near = real[::2] + shift * (generated[::2] - real[::2])
    ours = metrics.precision_recall(real, near, neighbors=3)
    # float64, as float32 would decide ties by its rounding.
    theirs = torch_prc.prc_features_to_metric(
        torch.tensor(near), torch.tensor(real), verbose=False
    )
    for name in ("precision", "recall"):
        assert_close(
            f"{name} of features",
            "torch-fidelity",
            getattr(ours, name),
            theirs[name],
            1e-6,
            "share",
        )


@pytest.mark.parametrize("shift", [0.2, 0.5])
def test_density_and_coverage(features, shift, assert_close):
    real, generated = features
    near = real[::2] + shift * (generated[::2] - real[::2])
    ours = metrics.density_coverage(real, near)
    theirs = prdc.compute_prdc(real, near, nearest_k=5)
    for name in ("density", "coverage"):
        assert theirs[name] > 0
        assert_close(
            name, "prdc", getattr(ours, name), theirs[name], 1e-9, "share"
        )
    precise = metrics.precision_recall(real, near, neighbors=5)
    for name in ("precision", "recall"):
        assert_close(
            f"{name} of features",
            "prdc",
            getattr(precise, name),
            theirs[name],
            1e-9,
            "share",
        )
