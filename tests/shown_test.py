from tfragan.shown import shown
from tfragan.shown import shown_names


def test_short_values_are_written_as_they_are():
    for value in ("bird", 3, [1, 2], {"a": [1]}, None):
        assert shown(value) == repr(value)


def test_large_values_are_cut_before_they_are_written():
    laughs = "ha"
    for _ in range(60):
        laughs = [laughs, laughs]
    for value in (laughs, "x" * 10**6, list(range(10**6)), {"k" * 999: 1}):
        assert len(shown(value)) < 100
        assert "..." in shown(value)


def test_names_are_counted():
    assert shown_names(["a", "b"]) == "'a', 'b'"
    names = shown_names(["x" * 1000] * 5000)
    assert len(names) < 600
    assert names.endswith(" and 4,995 more")
    assert shown_names({}) == ""
