from tfragan.visualization.metric_charts import metric_charts
from tfragan.visualization.metric_charts import run_charts


def _records(keys, steps=(1, 2)):
    return [{"step": step, **dict.fromkeys(keys, 0.5)} for step in steps]


def _names(chart):
    return [one.name for one in chart.series]


def test_losses_share_a_chart_and_so_do_parts():
    charts = metric_charts(
        _records(["loss/kl", "generator_loss", "speed", "loss/words"])
        + _records(["discriminator_loss"])
    )
    assert [chart.title for chart in charts] == ["losses", "loss", "speed"]
    assert _names(charts[0]) == ["generator_loss", "discriminator_loss"]
    assert _names(charts[1]) == ["loss/kl", "loss/words"]


def test_chance_and_spread_belong_to_their_metric_which_comes_first():
    keys = ["a_loss", "r_precision", "r_precision_chance", "r_precision_std"]
    first = metric_charts(_records(keys))[0]
    assert _names(first) == ["r_precision"]
    assert first.series[0].chance == 0.5
    assert first.series[0].spread == {1: 0.5, 2: 0.5}


def test_suffix_without_its_metric_is_a_metric():
    assert _names(metric_charts(_records(["pixel_std"]))[0]) == ["pixel_std"]


def test_many_parts_are_split_by_their_first_word():
    parts = [f"{part}_{size}" for part in ("real", "fake") for size in "abcd"]
    charts = metric_charts(
        _records([f"loss/{part}" for part in [*parts, "kl"]])
    )
    assert [chart.title for chart in charts] == [
        "loss: real",
        "loss: fake",
        "loss",
    ]
    assert sum(len(chart.series) for chart in charts) == 9


def test_more_than_six_alike_go_on_in_another_chart():
    keys = [f"loss/part_{number}" for number in range(8)]
    charts = metric_charts(_records(keys))
    assert [len(chart.series) for chart in charts] == [6, 2]


def test_null_epoch_and_time_are_no_points():
    records = [{"step": 1, "epoch": 0.5, "time": 3.0, "a": None}]
    assert metric_charts(records) == []


def test_points_are_in_order_of_steps():
    records = [{"step": 5, "a": 1}, {"step": 2, "a": 0}]
    assert metric_charts(records)[0].series[0].points == [(2, 0), (5, 1)]


def test_directions_share_a_chart_with_their_standard_errors():
    keys = ["distance_ab", "distance_ba", "distance_mean"]
    errors = [f"{key}_standard_error" for key in keys[:2]]
    (chart,) = metric_charts(_records([*keys, *errors]))
    assert chart.title == "distance"
    assert _names(chart) == keys
    assert [one.spread for one in chart.series] == [
        {1: 0.5, 2: 0.5},
        {1: 0.5, 2: 0.5},
        {},
    ]


def test_runs_share_a_chart_of_each_number():
    charts = run_charts(
        {
            "one": [{"step": 1, "loss": 3.0, "rate": 0.5, "rate_chance": 0.1}],
            "two": [{"step": 2, "loss": 4.0}],
        }
    )
    assert [chart.title for chart in charts] == ["loss", "rate"]
    assert [one.name for one in charts[0].series] == ["one", "two"]
    assert charts[0].series[1].points == [(2, 4.0)]
    assert [one.chance for one in charts[1].series] == [0.1]
    assert [one.color for one in charts[0].series] == [0, 1]
