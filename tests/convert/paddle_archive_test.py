"""Paddle's files are read without Paddle, with all that it writes in them."""

import pickle

import numpy as np
import pytest

from tfragan.convert.array_pickle import ArrayPickleError
from tfragan.convert.paddle_archive import read_paddle_archive

WEIGHT = np.arange(12, dtype="float32").reshape(4, 3)


def write(folder, contents, protocol=2):
    path = folder / "net.pdparams"
    path.write_bytes(pickle.dumps(contents, protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 4])
def test_the_table_of_names_is_left_out(tmp_path, protocol):
    contents = {
        "gap_fc.weight": WEIGHT,
        "StructuredToParameterName@@": {"gap_fc.weight": "linear_0.w_0"},
    }
    found = read_paddle_archive(write(tmp_path, contents, protocol))
    assert list(found) == ["gap_fc.weight"]
    np.testing.assert_array_equal(found["gap_fc.weight"], WEIGHT)


def test_split_tensors_are_put_together(tmp_path):
    contents = {
        "FC.0.weight@@.0": WEIGHT.reshape(-1)[:7],
        "FC.0.weight@@.1": WEIGHT.reshape(-1)[7:],
        "UnpackBigParamInfor@@": {
            "FC.0.weight": {
                "OriginShape": (4, 3),
                "slices": ["FC.0.weight@@.0", "FC.0.weight@@.1"],
            }
        },
    }
    found = read_paddle_archive(write(tmp_path, contents))
    assert list(found) == ["FC.0.weight"]
    np.testing.assert_array_equal(found["FC.0.weight"], WEIGHT)
    del contents["FC.0.weight@@.1"]
    with pytest.raises(ArrayPickleError, match=r"parts of tensor FC\.0"):
        read_paddle_archive(write(tmp_path, contents))


def test_several_networks_keep_their_names(tmp_path):
    contents = {
        "genA2B": {"rho": WEIGHT, "StructuredToParameterName@@": {}},
        "genB2A": {"rho": ("create_parameter_0.w_0", WEIGHT)},
        "optimG": {"LR_Scheduler": {"last_epoch": 3}},
        "epoch": 3,
    }
    found = read_paddle_archive(write(tmp_path, contents))
    assert list(found["genA2B"]) == ["rho"]
    np.testing.assert_array_equal(found["genB2A"]["rho"], WEIGHT)
    assert found["optimG"] == contents["optimG"]
    assert found["epoch"] == 3


def test_other_pickles_are_refused(tmp_path):
    with pytest.raises(ArrayPickleError, match="holds a list"):
        read_paddle_archive(write(tmp_path, [WEIGHT]))
