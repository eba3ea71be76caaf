"""What lies beside an export tells what it is."""

import json

import pytest
import tensorflow as tf

import tfragan
from tests.export.conftest import assert_same
from tfragan.export.metadata import model_card
from tfragan.export.metadata import ops_beyond_tensorflow
from tfragan.export.metadata import read_graph


def test_the_file_tells_what_the_export_is(exported):
    found = json.loads((exported.path / "export.json").read_text("utf-8"))
    vocabulary = exported.model.tokenizer.vocabulary
    assert found["tfragan_version"] == tfragan.__version__
    assert found["tensorflow_version"] == tf.__version__
    assert found["class_name"] == "AttnGAN"
    assert found["config"]["stages"] == 2
    assert found["global_step"] == 0
    assert found["vocabulary"] == {
        "kind": "words",
        "tokens": 8,
        "sha256": vocabulary.sha256,
        "max_words": 6,
    }
    assert found["unknown_words"] == "dropped"
    assert found["weights"] == (
        exported.model.generator_average.count_params()
        + exported.model.damsm.text_encoder.count_params()
    )
    assert not found["row_by_row"]
    assert_same(found["parity"])
    assert found["signatures"]["with_attention"] == {
        "inputs": {
            "caption": {"dtype": "string", "shape": [None]},
            "seed": {"dtype": "int32", "shape": [None]},
        },
        "outputs": {
            "attention_map_16": {
                "dtype": "float32",
                "shape": [None, 16, 16, 6],
            },
            "image_bytes": {"dtype": "string", "shape": [None]},
            "words": {"dtype": "string", "shape": [None, 6]},
        },
    }
    assert found["needs"] == {}


def test_words_need_no_op_but_those_of_tensorflow(exported):
    _, ops = read_graph(exported.path)
    assert {"HashTableV2", "While", "EncodePng", "Conv2D"} <= set(ops)
    assert "AnonymousHashTable" not in ops
    assert "CudnnRNNV3" not in ops
    assert ops_beyond_tensorflow(ops) == {}


def test_ops_of_tensorflow_text_are_noticed():
    import tensorflow_text  # noqa: F401

    found = ops_beyond_tensorflow(["AddV2", "CaseFoldUTF8", "Fly"])
    assert found == {"tensorflow_text": ["CaseFoldUTF8"], "": ["Fly"]}


TASK = "makes pictures of sentences"


@pytest.fixture
def metadata(exported):
    return json.loads((exported.path / "export.json").read_text("utf-8"))


def test_the_card_lies_beside_the_graph(exported, metadata):
    card = (exported.path / "MODEL_CARD.md").read_text("utf-8")
    assert card == model_card(metadata, TASK)
    assert card.startswith("# AttnGAN, step 0\n")


def test_every_signature_is_in_its_table(metadata):
    rows = [
        line for line in model_card(metadata, TASK).splitlines() if "`" in line
    ]
    names = {row.split("`")[1] for row in rows if row.startswith("| `")}
    assert names == set(metadata["signatures"])
    assert (
        "| `images` | `caption` string [batch], `seed` int32 [batch] | "
        "`image` uint8 [batch, 32, 32, 3] |"
    ) in rows


def test_where_it_came_from_is_told(metadata):
    parent = {"preset": "birds/final"}
    card = model_card(
        {**metadata, "parent": parent, "global_step": 12345}, TASK
    )
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
    card = " ".join(model_card({**metadata, "parity": parity}, TASK).split())
    assert "by at most 2 of 255 (in the mean of a set of pictures" in card
    assert "by at most 0.25), maps by at most 0.0012." in card
    assert "now and then other bytes" in card
