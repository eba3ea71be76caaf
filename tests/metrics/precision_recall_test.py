import importlib

import numpy as np
import pytest

from tfragan import metrics


def _by_loops(real, generated, neighbors):
    """Equations 1 and 2 of the paper, image by image."""

    def share_within(images, balls):
        hits = 0
        for image in images:
            for index, center in enumerate(balls):
                others = np.delete(balls, index, axis=0)
                reach = np.sort(np.linalg.norm(others - center, axis=1))
                if np.linalg.norm(image - center) <= reach[neighbors - 1]:
                    hits += 1
                    break
        return hits / len(images)

    return share_within(generated, real), share_within(real, generated)


def test_a_line_by_hand():
    real = np.array([[0.0], [1.0], [2.0], [10.0]])
    generated = np.array([[1.5], [3.0], [11.0], [30.0], [31.0]])
    result = metrics.precision_recall(real, generated, neighbors=1)
    # The balls of the real ones reach to 3 and, around 10, from 2 to 18;
    # those of the generated ones from 0 to 4.5, 3 to 19 and 29 to 32.
    assert result.precision == 3 / 5
    assert result.recall == 4 / 4
    shares = np.array([1, 1, 1, 0, 0])
    assert result.precision_error == pytest.approx(
        shares.std(ddof=1) / np.sqrt(5)
    )
    assert result.recall_error == 0.0
    assert result.neighbors == 1


@pytest.mark.parametrize("rows_at_once", [4, 1024])
def test_it_is_that_of_the_loops_in_any_blocks(rows_at_once, monkeypatch):
    module = importlib.import_module("tfragan.metrics.feature_blocks")
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", rows_at_once)
    rng = np.random.default_rng(0)
    real = rng.standard_normal((21, 3)).astype(np.float32)
    generated = (rng.standard_normal((17, 3)) + 1.5).astype(np.float32)
    result = metrics.precision_recall(real, generated)
    precision, recall = _by_loops(real, generated, 3)
    assert 0 < recall < 1
    assert 0 < precision < 1
    assert result.precision == pytest.approx(precision)
    assert result.recall == pytest.approx(recall)


def test_copies_of_real_images_are_precise():
    rng = np.random.default_rng(1)
    real = 1000.0 + rng.standard_normal((40, 5))
    # All of one kind: the balls have no size, and hold their copies yet.
    same = np.repeat(real[:1], 10, axis=0)
    assert metrics.precision_recall(real, real).recall == 1.0
    assert metrics.precision_recall(same, same[:6]).precision == 1.0
    one_mode = metrics.precision_recall(real, same)
    assert one_mode.precision == 1.0
    assert one_mode.recall == 1 / 40


def test_a_file_is_read_in_blocks(tmp_path):
    real = np.random.default_rng(2).standard_normal((30, 4))
    np.save(tmp_path / "real.npy", real)
    mapped = np.load(tmp_path / "real.npy", mmap_mode="r")
    generated = real[:12] + 0.3
    assert metrics.precision_recall(mapped, generated) == (
        metrics.precision_recall(real, generated)
    )


@pytest.mark.parametrize(
    ("real", "neighbors", "message"),
    [
        (np.ones((3, 4)), 3, r"real.shape=\(3, 4\).*neighbors=3"),
        (np.ones((9, 5)), 3, "one dimension"),
        (np.ones(9), 3, "images, dim"),
        (np.ones((9, 4)), 0, "neighbors=0"),
        (np.full((9, 4), np.nan), 3, "finite"),
    ],
)
def test_bad_arguments_are_named(real, neighbors, message):
    with pytest.raises(ValueError, match=message):
        metrics.precision_recall(real, np.ones((9, 4)), neighbors)
