"""Pictures are matched with their captions, and equal ones do not count."""

import numpy as np
import pytest

from tfragan import metrics
from tfragan.evaluation.caption_match import CaptionMatch

_CAPTIONS = [f"bird {number % 9}" for number in range(10)]


class _DAMSM:
    """Knows each sentence by a direction of its own."""

    def encode_captions(self, captions):
        return np.eye(10, dtype=np.float32)[
            [int(caption[-1]) for caption in captions]
        ]


def _measured(embeddings):
    match = CaptionMatch(_DAMSM(), {"data": "birds"}, step=4, candidates=5)
    match.add("generated", embeddings, _CAPTIONS)
    match.add_distance("generated", embeddings, 1 + embeddings)
    return {each.metric: each for each in match.measurements}


def test_pictures_of_their_captions_match():
    embeddings = _DAMSM().encode_captions(_CAPTIONS)
    found = _measured(embeddings)
    # The first and the last caption are equal, hence no mismatch.
    assert found["r_precision_5"].value == 1.0
    assert found["r_precision_5"].details["chance"] == pytest.approx(0.2)
    assert found["caption_similarity_damsm"].value == pytest.approx(1.0)
    assert found["caption_similarity_damsm"].error == pytest.approx(0.0)
    assert found["damsm_frechet_distance"].value == pytest.approx(
        metrics.frechet_distance(embeddings, 1 + embeddings)
    )
    assert found["damsm_frechet_distance"].better == "lower"
    for each in found.values():
        assert each.protocol["data"] == "birds"
        assert each.protocol["images"] == 10
        assert each.step == 4


def test_pictures_of_other_captions_do_not():
    embeddings = np.roll(_DAMSM().encode_captions(_CAPTIONS), 2, axis=1)
    found = _measured(embeddings)
    assert found["caption_similarity_damsm"].value == pytest.approx(0.0)
    assert found["r_precision_5"].value < 0.3
