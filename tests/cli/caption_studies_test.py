"""What a report shows of captioned images is what it says."""

import types

import numpy as np

from tfragan import models
from tfragan.cli import runs
from tfragan.cli.experiment import open_experiment
from tfragan.visualization import to_pixels

_ARGUMENTS = types.SimpleNamespace(split="test", count=5, batch_size=2, seed=3)


def test_pairs_of_a_damsm_are_the_ends_of_the_data_and_between(damsm_run):
    experiment = open_experiment(runs.config_of(damsm_run))
    preset = runs.preset_of(damsm_run)
    (study,) = experiment.studies(_ARGUMENTS, preset)
    test = experiment.test
    assert study.names[0] == test.items[0].captions[0]
    assert study.names[-1] == test.items[-1].captions[0]
    assert len(study.names) == len(study.images) == 5
    side = study.images.shape[1]
    (first, *_) = test.batches(
        1, image_sizes=(side,), training=False, crop=experiment.config.data.crop
    )
    np.testing.assert_array_equal(
        study.images[:1], to_pixels(first["images"][-1])
    )
    damsm = models.DAMSM.from_preset(preset)
    image = damsm.encode_images(study.images[:1])[0]
    words = damsm.encode_captions(study.names[:1])[0]
    cosine = image @ words / np.linalg.norm(image) / np.linalg.norm(words)
    np.testing.assert_allclose(study.scores[0], cosine, rtol=1e-4)


def test_training_images_are_those_of_the_training_split(attngan_run):
    experiment = open_experiment(runs.config_of(attngan_run))
    preset = runs.preset_of(attngan_run)
    (study,) = experiment.studies(_ARGUMENTS, preset)
    train = experiment.train
    test = experiment.test
    assert study.training.keys == [item.key for item in train.items]
    assert set(study.held_out_names) <= {item.key for item in test.items}
    assert study.images.shape == study.held_out.shape
    both = study.training.read([7, 2])
    np.testing.assert_array_equal(both[:1], study.training.read([7]))
    np.testing.assert_array_equal(both[1:], study.training.read([2]))
    assert (both[0] != both[1]).any()
