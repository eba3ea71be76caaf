"""The one page that `make quickstart` ends with.

usage: python -m tfragan.cli.quickstart_page <folder>

The folder holds the run folders `damsm` and `attngan` and, in `answers`, the
pictures that the SavedModel gave.
"""

import html
import json
import pathlib
import sys

from tfragan.atomic_file import write_atomically
from tfragan.evaluation import last_measurements
from tfragan.run_folder import RunFolder
from tfragan.visualization.page_template import STYLE

_GRIDS = 5


def write_quickstart_page(folder):
    """Writes `index.html`, which needs no server.

    Args:
        folder: the folder of the quickstart.

    Returns:
        The page's path.
    """
    folder = pathlib.Path(folder)
    sections = [
        _answers(folder),
        _measurements(folder),
        _over_time(folder, "grid", "Held-out captions over time"),
        _over_time(folder, "attention", "What the words look at"),
        _links(folder),
    ]
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>tfragan quickstart</title>\n<style>{STYLE}</style>\n"
        "</head>\n<body>\n<h1>tfragan quickstart</h1>\n"
        + "\n".join(section for section in sections if section)
        + "\n</body>\n</html>\n"
    )
    return write_atomically(folder / "index.html", page)


def _answers(folder):
    path = folder / "answers" / "answers.json"
    if not path.is_file():
        return ""
    figures = [
        f'<figure><img src="answers/{html.escape(answer["file"])}" width="192" '
        f'alt=""><figcaption>{html.escape(answer["caption"])}</figcaption>'
        "</figure>"
        for answer in json.loads(path.read_text(encoding="utf-8"))
    ]
    return _section(
        "What the SavedModel answers",
        f'<div class="card pair">{"".join(figures)}</div>',
    )


def _measurements(folder):
    rows = []
    for run, judged in (("damsm", "DAMSM"), ("attngan", "AttnGAN")):
        for each in last_measurements(folder / run):
            # Of the others there is no telling without a second run.
            if "chance" not in each.details:
                continue
            rows.append(
                (
                    f"{judged}: {each.metric.replace('_', ' ')}, {each.of}",
                    f"{each.value:.3f}",
                    f"chance {each.details['chance']:.3f}",
                    f"{each.protocol['images']:,} held-out images",
                )
            )
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(x)}</td>" for x in row) + "</tr>"
        for row in rows
    )
    if not rows:
        return ""
    return _section(
        "Has it learned?", f'<div class="card"><table>{cells}</table></div>'
    )


def _over_time(folder, kind, title):
    run = RunFolder(folder / "attngan")
    pictures = sorted(run.samples_path.glob(f"{kind}_*.png"))
    if not pictures:
        return ""
    count = min(len(pictures), _GRIDS if kind == "grid" else 1)
    # The first and the last, and evenly between; of one the last.
    chosen = [
        pictures[(len(pictures) - 1) * place // max(count - 1, 1)]
        for place in range(count)
    ]
    if count == 1:
        chosen = pictures[-1:]
    figures = [
        f'<figure class="card"><img src="attngan/samples/{path.name}" alt="">'
        f"<figcaption>step {int(path.stem.split('_')[-1]):,}</figcaption>"
        "</figure>"
        for path in chosen
    ]
    return _section(title, "".join(figures))


def _links(folder):
    links = "".join(
        f'<a href="{name}/index.html">{html.escape(text)}</a>'
        for name, text in (
            ("damsm", "The run of DAMSM"),
            ("attngan", "The run of AttnGAN"),
        )
        if (folder / name / "index.html").is_file()
    )
    return _section("Everything else", f'<p class="links">{links}</p>')


def _section(title, body):
    return f"<section>\n<h2>{html.escape(title)}</h2>\n{body}\n</section>"


def main(argv):
    """Writes the page and says where.

    Args:
        argv: list of str, as in the module's usage.

    Returns:
        The exit status.
    """
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    print(f"open {write_quickstart_page(argv[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
