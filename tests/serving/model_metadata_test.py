"""What servers say of models is read as TensorFlow Serving writes it."""

import numpy as np
import pytest

from tfragan.serving import model_metadata


def test_dtypes_and_shapes_have_numpy_s_names():
    info = model_metadata.tensor_info("x", "DT_FLOAT", [-1, 4])

    assert str(info) == "x: float32 [?, 4]"
    assert info.numpy_dtype() == np.float32
    text = model_metadata.tensor_info("x", "DT_STRING", None)
    assert str(text) == "x: string of any shape"
    assert text.numpy_dtype().kind == "O"
    other = model_metadata.tensor_info("x", "DT_VARIANT", [])
    assert str(other) == "x: DT_VARIANT []"
    with pytest.raises(ValueError, match="DT_VARIANT cannot be sent"):
        other.numpy_dtype()


def test_metadata_without_shapes_versions_or_tensors_is_read():
    body = {
        "model_spec": {"name": "birds", "signature_name": ""},
        "metadata": {
            "signature_def": {
                "signature_def": {
                    "__saved_model_init_op": {"inputs": {}},
                    "b": {
                        "inputs": {
                            "x": {
                                "dtype": "DT_INT32",
                                "tensor_shape": {
                                    "dim": [],
                                    "unknown_rank": True,
                                },
                            },
                            "y": {"dtype": "DT_INT32"},
                        }
                    },
                    "a": {},
                }
            }
        },
    }

    found = model_metadata.read_metadata(body, "birds")

    assert found.version is None
    assert list(found.signatures) == ["a", "b"]
    assert found.signatures["a"].inputs == {}
    inputs = found.signatures["b"].inputs
    assert inputs["x"].shape is None
    assert inputs["y"].shape == ()


@pytest.mark.parametrize("body", [{}, [], {"model_spec": {}}, None])
def test_metadata_of_another_form_is_an_error(body):
    with pytest.raises((KeyError, TypeError, AttributeError)):
        model_metadata.read_metadata(body, "birds")


def test_a_status_says_how_each_version_is():
    body = {
        "model_version_status": [
            {
                "version": "2",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            },
            {"version": "1"},
        ]
    }

    status = model_metadata.read_status(body, "birds")

    assert status.ready
    assert str(status) == "version 2 is AVAILABLE, version 1 is UNKNOWN"
    assert not model_metadata.read_status({}, "birds").ready
