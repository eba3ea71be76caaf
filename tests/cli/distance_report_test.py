import json

import numpy as np
import pytest

from tests.fake_domains import FakeFeatures
from tfragan import metrics
from tfragan.cli.distance_report import DistanceReport


def _set(seed, images=6, shift=0.0):
    return np.random.default_rng(seed).standard_normal((images, 3)) + shift


@pytest.fixture
def report():
    report = DistanceReport(FakeFeatures(), {"step": 4}, seed=5)
    report.add("others", _set(0), _set(1, 7, shift=1.0), direction="ab")
    report.add("the same", _set(0), _set(0), direction="ab")
    return report


def test_files_hold_numbers_and_protocol(report, tmp_path):
    report.append_to(tmp_path)
    report.append_to(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "metric-frechet_distance_fake.jsonl",
        "metric-kernel_distance_fake.jsonl",
    ]
    kernel, frechet = (
        [
            json.loads(line)
            for line in (tmp_path / name).read_text().split("\n")[:-1]
        ]
        for name in reversed(names)
    )
    assert len(kernel) == len(frechet) == 4
    expected = metrics.kernel_distance(_set(0), _set(1, 7, 1.0), seed=5)
    assert kernel[0]["value"] == expected.value
    assert kernel[0]["standard_error"] == expected.standard_error
    assert kernel[0]["subset_mean"] == expected.subset_mean
    assert frechet[0]["value"] == metrics.frechet_distance(
        _set(0), _set(1, 7, 1.0)
    )
    for record in (kernel[0], frechet[0]):
        assert record["compared"] == "others"
        assert record["direction"] == "ab"
        assert (record["images"], record["real_images"]) == (7, 6)
        assert (record["step"], record["seed"]) == (4, 5)
        assert (record["features"], record["dim"]) == ("fake", 3)
        assert "time" in record


def test_table_has_a_row_a_comparison(report):
    head, first, second, note = report.table().splitlines()
    assert "kernel_distance_fake" in head
    assert "frechet_distance_fake" in head
    value = metrics.kernel_distance(_set(0), _set(1, 7, 1.0)).value
    assert first.split()[:4] == ["ab", "others", "7,", "6"]
    assert f"{value:.4f} +- " in first
    assert second.startswith("ab  the same  ")
    assert second.endswith("  0.0")
    assert note == "+- is the standard error."


def test_few_images_for_a_frechet_distance_are_remarked():
    report = DistanceReport(FakeFeatures(), {})
    report.add("few", _set(0, 3), _set(1, 3))
    assert "fewer than 3 images" in report.table()


def test_the_weighted_mix_has_a_name_of_its_own_and_no_row(report, tmp_path):
    before = report.table()
    target = metrics.kernel_distance(_set(0), _set(1))
    source = metrics.kernel_distance(_set(2), _set(1))
    mix = report.add_weighted("others", target, source, direction="ab")
    assert report.table() == before
    report.append_to(tmp_path)
    path = tmp_path / "metric-weighted_kernel_distance_fake.jsonl"
    record = json.loads(path.read_text())
    assert record["value"] == mix.value
    assert record["target_weight"] == 0.02
    assert record["compared"] == "others"
