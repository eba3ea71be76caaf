from tfragan.reports.sample_files import kind_title
from tfragan.reports.sample_files import kinds_in_order
from tfragan.reports.sample_files import sample_files
from tfragan.reports.sample_files import sample_lists


def test_pictures_are_sorted_by_kind_and_step(tmp_path):
    for name in ("grid_1000000", "grid_000500", "a_b_000001", "reals"):
        (tmp_path / f"{name}.png").touch()
    (tmp_path / "grid_000500.txt").touch()
    found = {
        kind: [(step, path.name) for step, path in series]
        for kind, series in sample_files(tmp_path).items()
    }
    assert found == {
        "grid": [(500, "grid_000500.png"), (1000000, "grid_1000000.png")],
        "a_b": [(1, "a_b_000001.png")],
        "reals": [(None, "reals.png")],
    }
    assert sample_files(tmp_path / "none") == {}


def test_lists_have_titles(tmp_path):
    (tmp_path / "rows.txt").write_text("one\ntwo\n")
    assert sample_lists(tmp_path) == [
        ("The rows, from the top", ["one", "two"])
    ]


def test_known_kinds_come_first():
    assert kinds_in_order(["new", "masks", "grid", "new"]) == [
        "grid",
        "masks",
        "new",
    ]
    assert kind_title("edits_ab") == "Edits from A to B over time"
    assert kind_title("heat_maps") == "Heat maps"
