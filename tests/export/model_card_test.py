"""The card tells of an export what a reader asks."""

import json

import pytest

from tfragan.export.model_card import model_card


@pytest.fixture
def metadata(exported):
    return json.loads((exported.path / "export.json").read_text("utf-8"))


def test_the_card_lies_beside_the_graph(exported, metadata):
    card = (exported.path / "MODEL_CARD.md").read_text("utf-8")
    assert card == model_card(metadata)
    assert card.startswith("# AttnGAN, step 0\n")


def test_every_signature_is_in_its_table(metadata):
    rows = [line for line in model_card(metadata).splitlines() if "`" in line]
    names = {row.split("`")[1] for row in rows if row.startswith("| `")}
    assert names == set(metadata["signatures"])
    assert (
        "| `images` | `caption` string [batch], `seed` int32 [batch] | "
        "`image` uint8 [batch, 32, 32, 3] |"
    ) in rows


def test_where_it_came_from_is_told(metadata):
    parent = {"preset": "birds/final"}
    card = model_card({**metadata, "parent": parent, "global_step": 12345})
    assert "- preset: birds/final\n- training step: 12,345\n" in card
    assert metadata["weights_sha256"] in card
    assert metadata["vocabulary"]["sha256"] in card


def test_what_differs_is_told(metadata):
    parity = {
        "samples": 3,
        "max_pixel_difference": 2,
        "max_attention_difference": 0.00123,
        "independent_rows": False,
        "mean_pixel_difference": 0.25,
    }
    card = " ".join(model_card({**metadata, "parity": parity}).split())
    assert "by at most 2 of 255 (in the mean of a set of pictures" in card
    assert "by at most 0.25), maps by at most 0.0012." in card
    assert "now and then other bytes" in card
