import numpy as np
import pytest

from tfragan.metrics import feature_blocks


def test_blocks_are_the_rows_in_float64(tmp_path, monkeypatch):
    monkeypatch.setattr(feature_blocks, "_ROWS_AT_ONCE", 4)
    features = np.arange(18, dtype=np.float32).reshape(9, 2)
    np.save(tmp_path / "features.npy", features)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    blocks = list(feature_blocks.row_blocks(mapped))
    assert [places for places, _ in blocks] == [
        slice(0, 4),
        slice(4, 8),
        slice(8, 9),
    ]
    assert all(block.dtype == np.float64 for _, block in blocks)
    joined = np.concatenate([block for _, block in blocks])
    np.testing.assert_array_equal(joined, features)
    assert feature_blocks.feature_array(mapped) is mapped
    assert feature_blocks.feature_array([[1, 2]]).dtype == np.float64


def test_what_is_not_finite_is_refused():
    features = np.zeros((3000, 2))
    feature_blocks.check_finite(features)
    features[2500, 1] = np.inf
    with pytest.raises(ValueError, match="finite"):
        feature_blocks.check_finite(features)
