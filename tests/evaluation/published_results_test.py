"""Measurements are put beside published figures with what separates them."""

import collections
import pathlib
import subprocess
import sys

import pytest

from tfragan.evaluation import Measurement
from tfragan.evaluation import beside_published
from tfragan.evaluation import comparable
from tfragan.evaluation import published_results
from tfragan.evaluation.published_results import all_published_results

_COCO = {
    "data": "coco",
    "split": "test",
    "images": 30_000,
    "image_size": 256,
    "features": "inception_v3_2015",
    "resize": "legacy_tensorflow to 299 x 299",
    "splits": 10,
}


def _score(**protocol):
    return Measurement(
        "inception_score", "generated", 20.0, protocol={**_COCO, **protocol}
    )


def _distance(metric="frechet_inception_distance", of="generated", **protocol):
    return Measurement(metric, of, 31.2, protocol={"data": "cub", **protocol})


def test_figures_are_found_by_the_names_of_configs():
    (score,) = published_results("attngan", "inception_score", "cub")
    assert (score.value, score.error) == (4.36, 0.03)
    assert score.source.endswith("arXiv 1711.10485, table 3")
    distances = published_results("ssagan", "frechet_distance_any_network")
    assert [each.value for each in distances] == [15.61, 19.37]
    pair = published_results("ugatit", "weighted_kernel_distance", "cat2dog")
    assert [each.of for each in pair] == ["ab", "ba"]
    assert pair[0].value == pytest.approx(0.0707)
    assert published_results("ragan", "inception_score") == []
    assert published_results("attngan", "color_error") == []


def test_variants_are_given_only_on_demand():
    def count(**options):
        return len(published_results("attngan", "r_precision_100", **options))

    assert count() == 2
    assert count(variants=True) == 7


def test_records_alike_are_comparable():
    (published,) = published_results("attngan", "inception_score", "coco")
    assert comparable(_score(), published) == []


@pytest.mark.parametrize(
    ("protocol", "reason"),
    [
        ({"images": 338}, "338 images here, 30,000 there"),
        ({"image_size": 64}, "pixels a side 64 here, 256 there"),
        ({"splits": 3}, "splits of the images 3 here, 10 there"),
        ({"data": "emoji"}, "data set emoji here, COCO there"),
        ({"split": "train"}, "split train here, test there"),
        (
            {"features": "inception_v3"},
            "features inception_v3 here, inception_v3_2015 there",
        ),
        (
            {"resize": "none"},
            "resize none here, legacy_tensorflow to 299 x 299 there",
        ),
    ],
)
def test_each_difference_is_a_reason(protocol, reason):
    (published,) = published_results("attngan", "inception_score", "coco")
    assert comparable(_score(**protocol), published) == [reason]


def test_what_one_side_does_not_tell_is_a_reason():
    (published,) = published_results("ssagan", "frechet", "cub")
    reasons = comparable(_distance(split="test"), published)
    assert reasons == [
        "pixels a side of ours unknown, 256 there",
        "not stated there: images, real images, features, resize",
    ]


def test_other_quantities_are_never_comparable():
    (rate,) = published_results("attngan", "r_precision", "cub")
    ours = Measurement(
        "r_precision_100",
        "generated",
        0.7,
        protocol={"data": "cub", **rate.protocol},
    )
    assert comparable(ours, rate) == ["measured by another DAMSM"]
    (first, _) = published_results("ugatit", "kernel", "cat2dog")
    for metric, what in (
        ("kernel_inception_distance", "the target"),
        ("weighted_kernel_inception_distance", "source and target"),
    ):
        reason = comparable(_distance(metric, "ab"), first)[0]
        assert reason.startswith(f"a distance to {what} here, there a KID")
    assert comparable(ours, first)[0] == (
        "r_precision_100 here, kernel_inception_distance there"
    )


def test_lines_name_both_numbers_and_the_reasons():
    lines = beside_published([_score(images=338), _distance()], "attngan")
    assert lines[0] == (
        "inception_score: ours 20.0000; published 25.89 +- 0.47 (AttnGAN, "
        "COCO, generated: Xu et al., 2018, arXiv 1711.10485, table 3). Not "
        "comparable: 338 images here, 30,000 there."
    )
    assert [line.split(" (")[0] for line in lines[1:]] == [
        "frechet_inception_distance: ours 31.2000; published 23.98",
        "frechet_inception_distance: ours 31.2000; published 14.01",
    ]
    (line,) = beside_published([_score()], "attngan")
    assert line.endswith("Comparable, as far as the records tell.")


def test_only_the_models_own_images_get_lines():
    ours = [_distance(of="real"), _distance("color_error")]
    assert beside_published(ours, "attngan") == []
    assert beside_published([_distance(data="emoji")], "attngan") == [
        "frechet_inception_distance: ours 31.2000; published on CUB, COCO only."
    ]


def test_the_table_needs_no_tensorflow():
    code = (
        "import sys, tfragan.evaluation\n"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_figure_has_a_source():
    for result in all_published_results():
        assert "arXiv" in result.source or "README" in result.source
        assert result.protocol["split"] == "test"


def test_no_figure_is_there_twice():
    keys = [
        (each.model, each.metric, each.data, each.of, each.variant, each.source)
        for each in all_published_results()
    ]
    assert max(collections.Counter(keys).values()) == 1


def test_figures_are_in_the_units_of_measurements():
    ranges = {
        "r_precision": (0.05, 1.0),
        "inception_score": (1.0, 100.0),
        "frechet_inception_distance": (5.0, 100.0),
        "kernel_inception_distance": (0.01, 0.2),
    }
    assert {each.metric for each in all_published_results()} == set(ranges)
    for result in all_published_results():
        low, high = ranges[result.metric]
        assert low < result.value < high
        assert result.error is None or 0 < result.error < result.value


def test_the_model_itself_is_no_variant():
    plain = {each.model for each in all_published_results() if not each.variant}
    assert plain == {
        "AttnGAN",
        "DM-GAN",
        "SSA-GAN",
        "DF-GAN",
        "U-GAT-IT",
        "CycleGAN",
    }


def test_the_table_of_the_docs_has_every_figure():
    root = pathlib.Path(__file__).parents[2]
    lines = (root / "docs" / "published.md").read_text("utf-8").splitlines()
    for each in all_published_results():
        values = each.in_words().replace("+-", "±").split(" ± ")
        start = f"| {each.model} | {each.variant} | {each.data} |"
        (line,) = [
            line
            for line in lines
            if line.startswith(start)
            and f"| {each.metric} " in line
            and f"| {each.of} " in line
            and each.source in line
        ]
        assert f"| {' ± '.join(values)} |" in line
