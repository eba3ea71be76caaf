"""Edits by captions and colors have a measure of failure."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tests.cli.conftest import config_of
from tests.models.ragan import small_ragans
from tfragan.cli.errors import UsageError
from tfragan.cli.experiment import open_experiment
from tfragan.evaluation import last_measurements

pytestmark = pytest.mark.usefixtures("eager")


class _Arguments(types.SimpleNamespace):
    """Those of `tfragan evaluate`, of which the tests give some."""

    split, workdir, seed, candidates, json = "test", "", 0, 4, False

    def refuse(self, names, where):
        """Nothing is given that could be refused."""


_ARGUMENTS = types.SimpleNamespace(split="test", count=4, batch_size=2)


def _studied(folder, name, guidance, **options):
    config = config_of(f"{name}:tiny")
    model = small_ragans.ragan(
        config.network.supervised, guidance, image_size=32, **options
    )
    model.save_to_preset(folder)
    (study,) = open_experiment(config).studies(_ARGUMENTS, folder)
    assert study.training is None
    assert "nearest training images are not shown" in study.alone
    return model, study


def test_edits_are_by_captions_of_others(tmp_path):
    model, study = _studied(tmp_path, "ragan_cub", "text")
    assert study.sources.shape == study.images.shape == (4, 32, 32, 3)
    assert study.better == "higher"
    expected = model.translate(
        study.sources, captions=study.names, batch_size=2
    )["image"]
    difference = np.abs(np.subtract(study.images, expected, dtype=np.int32))
    assert difference.max() <= 1
    embeddings = (
        model.damsm.encode_images(study.images),
        model.damsm.encode_captions(study.names),
    )
    cosines = [
        first @ second / np.linalg.norm(first) / np.linalg.norm(second)
        for first, second in zip(*embeddings, strict=True)
    ]
    np.testing.assert_allclose(study.scores, cosines, rtol=1e-4, atol=1e-5)


def test_colors_are_compared_with_the_truth(tmp_path):
    _, study = _studied(tmp_path, "ragan_colorize_cub", "image_text")
    assert study.better == "lower"
    differences = np.abs(np.subtract(study.images, study.truths, dtype=float))
    np.testing.assert_allclose(
        study.scores, differences.mean((1, 2, 3)), rtol=1e-5
    )
    assert np.ptp(study.sources.astype(int), axis=-1).max() == 0
    assert np.ptp(study.truths.astype(int), axis=-1).max() > 0


@pytest.mark.parametrize(
    ("name", "supervised", "guidance", "expected"),
    [
        ("ragan_edit_avatars", False, "text", "edit_accuracy_mean"),
        (
            "ragan_colorize_avatars",
            True,
            "image_text",
            "attribute_accuracy_hair_color",
        ),
    ],
)
def test_attributes_are_read_off_avatars(
    name, supervised, guidance, expected, tmp_path
):
    tf.config.run_functions_eagerly(False)
    config = config_of(f"{name}:tiny", **{"data.source": "avatars"})
    model = small_ragans.ragan(supervised, guidance, image_size=64)
    model.save_to_preset(tmp_path)
    arguments = _Arguments(count=4, batch_size=50, output=tmp_path / "out")
    open_experiment(config).evaluate(arguments, tmp_path)
    found = {
        each.of: each
        for each in last_measurements(tmp_path / "out")
        if each.metric == expected
    }
    assert {"real"} < found.keys()
    assert found["real"].value > 0.95
    assert found["real"].protocol["features"] == "avatar_judge"


def test_edits_without_captions_are_not_judged(tmp_path):
    with pytest.raises(UsageError, match="no metric says how good"):
        _studied(tmp_path, "ragan_emoji", "label", labels=11)
