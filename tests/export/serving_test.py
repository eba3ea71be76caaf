"""Requests are computed row by row or as many rows at once."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tests.models import small_models
from tests.models.ragan import small_ragans
from tests.models.translation import small_translators
from tfragan.export import serving
from tfragan.export.caption_serving import CaptionServing
from tfragan.export.serving import ExportError
from tfragan.export.serving import RowComputation
from tfragan.export.serving import Serving
from tfragan.export.serving import rows_at_once
from tfragan.export.serving import serving_class
from tfragan.models import DAMSM
from tfragan.models import TextToImageModel

SPECS = {"total": tf.TensorSpec((2,), tf.float32)}


@pytest.mark.parametrize("row_by_row", [True, False])
@pytest.mark.parametrize("rows", [0, 1, 3, 5])
def test_rows_come_back_in_order(row_by_row, rows, monkeypatch):
    # Two rows at once.
    monkeypatch.setattr(serving, "_PIXELS_AT_ONCE", 5)
    sizes = []
    computation = RowComputation([], row_by_row)

    def function(left, right):
        tf.py_function(lambda one: sizes.append(len(one)), [left], [])
        return {"total": left + right[:, tf.newaxis], "unwanted": left}

    left = np.arange(2.0 * rows, dtype="float32").reshape(rows, 2)
    right = np.arange(rows, dtype="float32")

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, 2), tf.float32),
            tf.TensorSpec((None,), tf.float32),
        ]
    )
    def compute(left, right):
        return computation(function, [left, right], SPECS)

    found = compute(left, right)

    assert list(found) == ["total"]
    np.testing.assert_array_equal(found["total"], left + right[:, np.newaxis])
    whole = {0: [1], 1: [1], 3: [2, 1], 5: [2, 2, 1]}
    assert sizes == ([1] * rows if row_by_row else whole[rows])


def test_as_many_rows_are_computed_at_once_as_make_a_million_pixels():
    image = tf.TensorSpec((256, 256, 3), tf.uint8)
    words = tf.TensorSpec((128, 128, None), tf.float32)
    assert rows_at_once({"image": image, "attention_map_128": words}) == 16
    huge = tf.TensorSpec((2048, 2048, 3), tf.uint8)
    assert rows_at_once({"image": huge}) == 1


def test_a_row_by_itself_is_compiled_when_asked():
    computation = RowComputation([], row_by_row=True, jit_compile=True)
    spec = tf.TensorSpec((None, 2), tf.float32)

    @tf.function(input_signature=[spec])
    def compute(rows):
        return computation(lambda row: {"total": row + row}, [rows], SPECS)

    library = compute.get_concrete_function().graph.as_graph_def().library
    compiled = [
        function
        for function in library.function
        if function.attr["_XlaMustCompile"].b
    ]
    assert len(compiled) == 1
    np.testing.assert_array_equal(
        compute(np.ones((3, 2), "float32"))["total"], 2 * np.ones((3, 2))
    )


def test_what_is_compiled_is_computed_row_by_row():
    assert Serving(None, jit_compile=True).row_by_row
    assert not Serving(None).row_by_row


@pytest.mark.parametrize(
    "make",
    [
        small_models.attngan,
        functools.partial(small_models.ssagan, finetune_encoders=True),
        small_translators.cyclegan,
        functools.partial(small_ragans.ragan, True, "image_label"),
    ],
)
def test_a_copy_in_bfloat16_has_the_same_weights(make):
    model = make()
    copy = serving.in_bfloat16(model)
    assert copy.dtype_policy.name == "mixed_bfloat16"
    assert serving.in_bfloat16(copy) is copy
    parts = model.preset_parts()
    for name, part in copy.preset_parts().items():
        assert {weight.dtype for weight in part.weights} == {"float32"}
        for ours, theirs in zip(part.weights, parts[name].weights, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_class_of_another_package_exports_as_its_base_declares():
    class MyGAN(TextToImageModel):
        pass

    class MyServing(CaptionServing):
        pass

    assert serving_class(MyGAN) is CaptionServing
    MyGAN.serving = f"{__name__}:MyServing"
    globals()["MyServing"] = MyServing
    assert serving_class(MyGAN) is MyServing


def test_a_class_that_declares_nothing_is_not_exported():
    with pytest.raises(ExportError, match="received DAMSM"):
        serving_class(DAMSM)
