"""`tfragan compare`: quick, and clear about what cannot be compared."""

import json
import subprocess
import sys

from tests.cli.conftest import succeed
from tests.reports.fake_runs import fake_run
from tests.reports.fake_runs import measured


def test_runs_stand_side_by_side(tmp_path, capsys):
    paths = [
        fake_run(tmp_path / name, [measured(value)])
        for name, value in (("one", 1.5), ("two", 0.5))
    ]
    succeed("compare", *paths)
    out = capsys.readouterr().out
    assert "1.5000 +- 0.1000  0.5000 +- 0.1000*" in out


def test_the_table_goes_to_a_file(tmp_path, capsys):
    path = fake_run(tmp_path / "one", [measured()])
    output = tmp_path / "table.tex"
    succeed("compare", path, "--format=latex", f"--output={output}")
    assert capsys.readouterr().out == f"The table is in {output}.\n"
    assert "\\toprule" in output.read_text()


def test_programs_read_the_table_as_json(tmp_path, capsys):
    paths = [
        fake_run(tmp_path / name, [measured(value)])
        for name, value in (("one", 1.5), ("two", 0.5))
    ]
    succeed("compare", *paths, "--format=json")
    table = json.loads(capsys.readouterr().out)
    assert [run["folder"] for run in table["runs"]] == [*map(str, paths)]
    cells = table["rows"][0]["cells"]
    assert [cell["measurement"]["value"] for cell in cells] == [1.5, 0.5]
    assert [cell["standing"] for cell in cells] == ["", "best"]


def test_a_run_without_measurements_says_what_to_run(tmp_path, refusal):
    path = fake_run(tmp_path / "one")
    error = refusal("compare", path)
    assert f"{path} has no measurements: run `tfragan evaluate" in error
    assert f"--workdir={path}` first." in error


def test_there_has_to_be_a_run(tmp_path, refusal):
    assert "name at least one run folder" in refusal("compare")
    assert "none is not a run folder" in refusal("compare", tmp_path / "none")


def test_a_comparison_does_not_wait_for_tensorflow(tmp_path):
    path = fake_run(tmp_path / "one", [measured()])
    code = (
        "import sys; from tfragan.cli.main import main; "
        f"status = main(['tfragan', 'compare', {str(path)!r}]); "
        "sys.exit(status or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
