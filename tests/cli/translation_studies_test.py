"""What a report shows of translations is what it says."""

import types

import numpy as np

from tfragan.cli import runs
from tfragan.cli.experiment import open_experiment
from tfragan.models.translation import load_generator
from tfragan.models.translation import translate_images

_ARGUMENTS = types.SimpleNamespace(split="test", count=3, batch_size=1)


def test_a_direction_is_compared_with_its_target(ugatit_run):
    experiment = open_experiment(runs.config_of(ugatit_run))
    preset = runs.preset_of(ugatit_run)
    studies = experiment.studies(_ARGUMENTS, preset)
    assert [study.title for study in studies] == ["from A to B", "from B to A"]
    train, test = experiment.train, experiment.test
    for study, source, target in zip(
        studies,
        (test.domain_a, test.domain_b),
        ((train.domain_b, test.domain_b), (train.domain_a, test.domain_a)),
        strict=True,
    ):
        size = study.images.shape[1]
        assert study.names == [
            source.keys[0],
            source.keys[(len(source) - 1) // 2],
            source.keys[-1],
        ]
        np.testing.assert_array_equal(
            study.sources[0], source.images([0], size)[0]
        )
        assert study.training.keys == list(target[0].keys)
        np.testing.assert_array_equal(
            study.training.read([1]), target[0].images([1], size)
        )
        np.testing.assert_array_equal(
            study.held_out[-1:], target[1].images([len(target[1]) - 1], size)
        )
    assert studies[0].training.identity != studies[1].training.identity
    generator = load_generator(preset, "ba")
    np.testing.assert_array_equal(
        studies[1].images, translate_images(generator, studies[1].sources)
    )
