"""One table as text, Markdown and LaTeX."""

import re
import sys

import pytest

from tests.reports.fake_runs import fake_run
from tests.reports.fake_runs import measured
from tfragan.reports.comparison import compare_runs
from tfragan.reports.comparison_table import FORMATS
from tfragan.reports.comparison_table import comparison_text
from tfragan.reports.run_record import read_runs


@pytest.fixture
def comparison(tmp_path):
    first = fake_run(tmp_path / "a_b", [measured(1.0), measured(4.0, of="ab")])
    second = fake_run(
        tmp_path / "50%|x",
        [measured(1.1, step=10), measured(2, of="ab", images=9)],
    )
    return compare_runs(read_runs([first, second]))


def test_text_has_columns_and_remarks(comparison):
    lines = comparison_text(comparison).splitlines()
    assert lines[0].split() == ["a_b", "50%|x"]
    assert lines[3].split() == ["training", "time", "0:20:00", "0:20:00"]
    end = len(lines[0])
    cells = [
        re.split(" {2,}", line)[-1]
        for line in lines
        if line.startswith("distance")
    ]
    assert cells == [
        "1.1000 +- 0.1000~ at step 10",
        "2.0000 +- 0.1000 [1]",
    ]
    assert {len(line) for line in lines[:6]} == {end}
    text = " ".join(" ".join(lines).split())
    assert "1.0000 +- 0.1000*" in text
    assert "*: the best of those that can be compared." in text
    assert "~: further from the best by less than the errors" in text
    assert "[1] 50%|x cannot be compared with a_b: images is 9, not 50." in text
    assert "Protocol of all: data birds, split test, features fake" in text
    assert "+- of distance_fake: standard error." in text
    assert max(map(len, lines)) <= 80


def test_marks_are_explained_where_there_are_some(tmp_path):
    runs = read_runs([fake_run(tmp_path / "a", [measured()])])
    text = comparison_text(compare_runs(runs))
    assert "*" not in text
    assert "~" not in text


def test_markdown_is_one_table_with_escaped_names(comparison):
    text = comparison_text(comparison, "markdown")
    table = [line for line in text.splitlines() if line.startswith("|")]
    counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table}
    assert counts == {5}
    assert table[0] == r"|  |  | a\_b | 50%\|x |"
    assert table[1] == "| --- | --- | ---: | ---: |"
    assert "**1.0000 ± 0.1000**" in text
    assert r"2.0000 ± 0.1000 \[1\] |" in text


def test_latex_is_a_tabular_with_escaped_names(comparison):
    text = comparison_text(comparison, "latex")
    rows = re.search(r"\\toprule\n(.*)\\bottomrule", text, re.S)[1]
    rows = [line for line in rows.splitlines() if line != r"\midrule"]
    assert all(line.endswith(r" \\") for line in rows)
    assert {len(re.findall(r"(?<!\\)&", line)) for line in rows} == {3}
    assert rows[0] == r" &  & a\_b & 50\%|x \\"
    assert r"distance\_fake & ab & 4.0000 ± 0.1000 & 2.0000 ± " in text
    assert r"\textbf{1.0000 ± 0.1000}" in text
    assert r"1.1000 ± 0.1000\textasciitilde \space at step 10" in text
    assert re.search(r"(?<!\\)_", text) is None
    assert r"\begin{tabular}{llrr}" in text
    assert r"± of distance\_fake: standard error. \\" in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_has_the_same_numbers(comparison, form):
    text = comparison_text(comparison, form)
    for number in ("1.0000", "1.1000", "2.0000", "4.0000", "0:20:00"):
        assert number in text


def test_without_pandas_it_says_what_to_install(comparison, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install tfragan\[report\]"):
        comparison_text(comparison)
