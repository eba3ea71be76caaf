"""Spectral norms of files before PyTorch 1.0."""

import numpy as np
import pytest

from tests.convert.published_ugatit import published_tensors
from tests.convert.published_ugatit import small_ugatit
from tfragan.convert.ugatit_weights import published_form
from tfragan.convert.ugatit_weights import right_vector


@pytest.mark.parametrize("shape", [(4, 3, 2, 2), (16, 2, 2, 2), (1, 9)])
def test_the_right_vector_gives_the_norm_that_was_used(shape):
    draw = np.random.default_rng(0)
    stored = draw.normal(size=shape).astype("float32")
    matrix = stored.reshape(shape[0], -1).astype("float64")
    left = draw.normal(size=shape[0])
    for _ in range(3):
        left = matrix @ (matrix.T @ left)
        left /= np.linalg.norm(left)
    norm = np.linalg.norm(matrix.T @ left)

    vector = right_vector(stored, left, stored / np.float32(norm))

    np.testing.assert_allclose(left @ matrix @ vector, norm, rtol=1e-5)
    if shape[0] <= matrix.shape[1]:
        image = matrix @ vector
        np.testing.assert_allclose(image, norm * left, rtol=1e-4, atol=1e-5)


def test_older_files_judge_as_their_normalized_weights_do():
    expected = published_tensors(small_ugatit())["disLA"]
    tensors = dict(expected)
    for name in [name for name in expected if name.endswith(".weight_v")]:
        layer = name[: -len(".weight_v")]
        stored = tensors[f"{layer}.weight_orig"]
        matrix = stored.reshape(len(stored), -1)
        left = np.linalg.svd(matrix)[0][:, 0]
        norm = np.linalg.norm(matrix.T @ left)
        del tensors[name]
        tensors[f"{layer}.weight_u"] = left.astype("float32")
        tensors[f"{layer}.weight"] = stored / norm

    found, notes = published_form("disLA", tensors, "old.pt")

    assert set(expected) <= set(found)
    assert notes["model.1.weight"] == (
        "model.1.weight_orig divided by its spectral norm"
    )
    assert "before 1.0" in notes["conv.weight_v"]
    for name in [name for name in expected if name.endswith(".weight_v")]:
        layer = name[: -len(".weight_v")]
        stored = found[f"{layer}.weight_orig"]
        matrix = stored.reshape(len(stored), -1)
        norm = found[f"{layer}.weight_u"] @ matrix @ found[name]
        np.testing.assert_allclose(
            stored / norm, found[f"{layer}.weight"], rtol=1e-4
        )
