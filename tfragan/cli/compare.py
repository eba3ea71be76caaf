"""Compares measurements of runs in one table.

The last measurement of each kind that `tfragan evaluate` made, a run a column,
with its error, and below it the protocol: what all of them share and what
differs. Numbers of one row that cannot be compared, since they were measured
on other data or images, with other features or otherwise, are marked, and a
sentence says why; the best of those that can be compared is marked, too.

Examples:
  tfragan compare runs/cub runs/cub_masks
  tfragan compare runs/* --format=markdown
  tfragan compare runs/* --format=json
  tfragan compare runs/cub runs/cub_masks --format=latex --output=table.tex
"""

from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag

RUNS = Flag(
    "paths",
    "run folder; may be repeated, or given without a flag",
    "FOLDER",
    [],
    positional=True,
)

USAGE = "RUN [RUN ...] [flags]"
FLAGS = {
    "run": RUNS,
    "format": Flag(
        "choice",
        "how the table is written; LaTeX needs the package booktabs",
        default="text",
        choices=("text", "markdown", "latex", "json"),
    ),
    "output": Flag("path", "file of the table [default: the terminal]", "FILE"),
}


def run(arguments):
    """Prints or writes the table."""
    from tfragan.atomic_file import write_atomically
    from tfragan.reports.comparison import compare_runs
    from tfragan.reports.comparison_table import comparison_text
    from tfragan.reports.run_record import read_runs

    if not arguments.run:
        raise UsageError("name at least one run folder to compare.")
    runs = read_runs(arguments.run)
    for one in runs:
        if not one.measurements:
            raise UsageError(
                f"{one.folder.path} has no measurements: run `tfragan evaluate "
                f"--workdir={one.folder.path}` first."
            )
    text = comparison_text(compare_runs(runs), arguments.format)
    if arguments.output:
        write_atomically(arguments.output, text)
        print(f"The table is in {arguments.output}.")
    else:
        print(text, end="")
