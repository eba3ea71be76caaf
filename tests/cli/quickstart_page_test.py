"""The page of the quickstart shows what was learned, with relative links."""

import json
import re

from tfragan.cli.quickstart_page import write_quickstart_page
from tfragan.evaluation import Measurement
from tfragan.evaluation import append_measurements


def _folder(tmp_path):
    (tmp_path / "attngan" / "samples").mkdir(parents=True)
    for step in range(0, 9000, 1000):
        name = f"grid_{step:06}.png"
        (tmp_path / "attngan" / "samples" / name).touch()
    (tmp_path / "attngan" / "index.html").touch()
    append_measurements(
        tmp_path / "attngan",
        [
            Measurement(
                "r_precision_100",
                "generated",
                value,
                details={"chance": 0.01},
                protocol={"images": 320},
            )
            for value in (0.1, 0.25)
        ],
    )
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "0.png").touch()
    (tmp_path / "answers" / "answers.json").write_text(
        json.dumps([{"caption": "<red> heart", "file": "0.png"}])
    )
    return tmp_path


def test_numbers_stand_beside_chance_and_every_link_leads_somewhere(tmp_path):
    page = write_quickstart_page(_folder(tmp_path)).read_text("utf-8")

    assert "AttnGAN: r precision 100, generated" in page
    assert "0.250" in page
    assert "chance 0.010" in page
    assert "&lt;red&gt; heart" in page
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(links) == 7
    for link in links:
        assert (tmp_path / link).is_file(), link


def test_pictures_over_time_begin_with_the_first_and_end_with_the_last(
    tmp_path,
):
    page = write_quickstart_page(_folder(tmp_path)).read_text("utf-8")

    assert re.findall(r"grid_(\d+)\.png", page) == [
        "000000",
        "002000",
        "004000",
        "006000",
        "008000",
    ]


def test_an_empty_folder_gives_a_page_too(tmp_path):
    assert write_quickstart_page(tmp_path).is_file()
