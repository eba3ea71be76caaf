import pytest

from benchmarks import tables


def _rows():
    speed = {
        "size": 64,
        "batch": 8,
        "images_per_second": 20.0,
        "milliseconds": 400.0,
        "cpu_milliseconds": 700.0,
        "off_onednn": {"Conv2D": 2, "MatMul": 1},
        "peak_memory": 2**30,
        "published_gflop": 2799.7,
        "done_gflop": 1936.7,
        "published_fraction": 0.75,
        "cpu_published_fraction": 0.76,
        "done_fraction": 0.5,
    }
    shared = {"published": None, "consumers": ()}
    reported = {"fraction": 0.28, "gigabytes": 9.8}
    return [
        {
            "name": "a",
            "table": "training",
            "text": "A",
            **shared,
            **speed,
            "published": reported,
        },
        {
            **shared,
            "name": "p",
            "table": "pipeline",
            "text": "P",
            "batch": 8,
            "images_per_second": 130.0,
            "peak_memory": 2**29,
            "consumers": ("a", "not measured"),
        },
        {"name": "b", "table": "serving", "text": "B", "error": "no space"},
    ]


def test_tables_show_rates_ratios_and_failures():
    text = tables.tables(_rows())
    row = "| A        |     64 |     8 |     20.0 | 400 |    700 |          3 |"
    assert row in text
    assert "6.5 (a)" in text
    assert "not measured" not in text
    assert "b failed: no space" in text
    for part in text.split("\n\n")[:2]:
        assert len({len(line) for line in part.splitlines()}) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2277.4, "2,277"),
        (130.0, "130"),
        (4.0349, "4.03"),
        (0.0537, "0.0537"),
        (0.0, ""),
    ],
)
def test_rates_have_three_digits_that_count(value, text):
    assert tables._rate(value) == text
