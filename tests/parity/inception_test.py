"""The graph of 2015, and all that is measured on it, beside two tools."""

import numpy as np
import pytest

from tfragan import metrics

torch = pytest.importorskip("torch")
torch_fidelity = pytest.importorskip("torch_fidelity")
extractors = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
cleanfid_inception = pytest.importorskip("cleanfid.inception_pytorch")
cleanfid_resize = pytest.importorskip("cleanfid.resize")

_SPLITS = 4


class _Images(torch.utils.data.Dataset):
    def __init__(self, images):
        self._images = torch.tensor(images).permute(0, 3, 1, 2)

    def __len__(self):
        return len(self._images)

    def __getitem__(self, index):
        return self._images[index]


def test_outputs_are_those_of_torch_fidelity(
    outputs, weights_of_2015, real, assert_close
):
    extractor = extractors.FeatureExtractorInceptionV3(
        "inception",
        ["2048", "logits", "logits_unbiased"],
        feature_extractor_weights_path=str(weights_of_2015),
    )
    with torch.no_grad():
        batch = torch.tensor(real[:16]).permute(0, 3, 1, 2)
        features, logits, unbiased = extractor(batch)
    ours = {name: array[:16] for name, array in outputs[0].items()}
    # A deviation in features alone would hide in their large mean.
    spread = features - features.mean(0)
    assert_close(
        "features, their spread",
        "torch-fidelity",
        ours["features"] - features.mean(0).numpy(),
        spread,
        1e-3,
    )
    for what, actual, expected in (
        ("features", ours["features"], features),
        ("logits", ours["logits"], logits),
        ("logits without bias", ours["unbiased_logits"], unbiased),
    ):
        assert_close(what, "torch-fidelity", actual, expected, 1e-4)


def test_features_are_those_of_clean_fid(
    weights_of_2015, real, montage, monkeypatch, assert_close
):
    monkeypatch.setattr(
        cleanfid_inception,
        "load_state_dict_from_url",
        lambda *args, **kwargs: torch.load(weights_of_2015),
    )
    network = cleanfid_inception.InceptionV3(
        resize_input=False, normalize_input=False
    ).eval()
    resizer = cleanfid_resize.build_resizer("clean")
    ours = metrics.image_features("inception_v3_2015", weights_of_2015)
    assert ours.protocol()["resize"] == "antialiased_bicubic to 299 x 299"
    for images in (real[:16], montage):
        resized = np.stack([resizer(image) for image in images])
        batch = torch.tensor(resized).permute(0, 3, 1, 2)
        with torch.no_grad():
            features = network((batch - 128.0) / 128.0)[0][..., 0, 0]
        assert_close("features", "clean-fid", ours(images), features, 1e-4)


def test_every_metric_is_that_of_torch_fidelity(
    outputs, weights_of_2015, real, generated, assert_close
):
    count = len(real)
    expected = torch_fidelity.calculate_metrics(
        input1=_Images(generated),
        input2=_Images(real),
        feature_extractor_weights_path=str(weights_of_2015),
        # Otherwise precision and recall are of VGG16.
        feature_extractor="inception-v3-compat",
        isc=True,
        fid=True,
        kid=True,
        prc=True,
        isc_splits=_SPLITS,
        # A subset of all needs no random numbers.
        kid_subset_size=count,
        kid_subsets=2,
        batch_size=16,
        cuda=False,
        # No processes of its own.
        save_cpu_ram=True,
        cache=False,
        verbose=False,
    )
    of_real, of_generated = outputs
    features = of_real["features"], of_generated["features"]
    fid = metrics.frechet_distance(*features)
    kid = metrics.kernel_distance(*features, 2, subset_size=count)
    found = metrics.precision_recall(*features)
    order = np.random.RandomState(2020).permutation(count)
    score = metrics.inception_score(
        metrics.class_probabilities(of_generated["unbiased_logits"])[order],
        _SPLITS,
    )
    values = {
        # Both covariances are singular, which costs eigenvalues their digits.
        "frechet_inception_distance": (fid, 1e-4),
        # Sums of float32 there.
        "kernel_inception_distance_mean": (kid.subset_mean, 1e-4),
        "inception_score_mean": (score.mean, 1e-5),
        "inception_score_std": (score.std, 1e-3),
        "precision": (found.precision, 0.0),
        "recall": (found.recall, 0.0),
    }
    assert kid.value == pytest.approx(kid.subset_mean, rel=1e-9)
    for name, (value, limit) in values.items():
        assert expected[name] > 0
        assert_close(name, "torch-fidelity", value, expected[name], limit)
