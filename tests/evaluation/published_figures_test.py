"""The table of published figures is whole and in the units of measurements."""

import collections

from tfragan.evaluation.published_figures import PUBLISHED_RESULTS


def test_every_figure_has_a_source():
    for result in PUBLISHED_RESULTS:
        assert "arXiv" in result.source or "README" in result.source
        assert result.protocol["split"] == "test"


def test_no_figure_is_there_twice():
    keys = [
        (each.model, each.metric, each.data, each.of, each.variant, each.source)
        for each in PUBLISHED_RESULTS
    ]
    assert max(collections.Counter(keys).values()) == 1


def test_figures_are_in_the_units_of_measurements():
    ranges = {
        "r_precision": (0.05, 1.0),
        "inception_score": (1.0, 100.0),
        "frechet_inception_distance": (5.0, 100.0),
        "kernel_inception_distance": (0.01, 0.2),
    }
    assert {each.metric for each in PUBLISHED_RESULTS} == set(ranges)
    for result in PUBLISHED_RESULTS:
        low, high = ranges[result.metric]
        assert low < result.value < high
        assert result.error is None or 0 < result.error < result.value


def test_the_model_itself_is_no_variant():
    plain = {each.model for each in PUBLISHED_RESULTS if not each.variant}
    assert plain == {"AttnGAN", "SSA-GAN", "DF-GAN", "U-GAT-IT", "CycleGAN"}
