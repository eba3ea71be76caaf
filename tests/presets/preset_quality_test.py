"""The presets of the package do what their cards say, on unseen avatars."""

import numpy as np
import pytest
from PIL import Image

from tfragan import data
from tfragan import metrics
from tfragan import models
from tfragan.evaluation.edit_match import measure_avatar_edits
from tfragan.presets import preset_folder
from tfragan.presets import preset_names

_PICTURES = 100

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def faces():
    """Test images, uint8, and a sentence about each."""
    items = data.avatars("test").items[:_PICTURES]
    images = [
        np.asarray(Image.open(item.path).convert("RGB")) for item in items
    ]
    return np.stack(images), [item.captions[0] for item in items]


def _accuracy(images, captions):
    seen = metrics.read_attributes(metrics.AvatarJudge()(images))
    wanted = [metrics.attributes_of(caption) for caption in captions]
    found = metrics.attribute_accuracy(seen, wanted)
    return {name: each.rate for name, each in found.items()}


def test_all_presets_together_are_small():
    files = [
        path
        for name in preset_names()
        for path in preset_folder(name).iterdir()
    ]
    assert sum(path.stat().st_size for path in files) < 40e6


@pytest.mark.parametrize(
    "name", ["attngan_avatars", "dmgan_avatars", "ssagan_avatars"]
)
def test_sentences_have_their_colors(name, faces):
    images = models.load(name).generate(faces[1], batch_size=25)
    found = _accuracy(images, faces[1])
    assert found["clothes_color"] > 0.95
    assert found["hair_color"] > 0.8
    assert found["background"] > 0.85


def test_edits_show_what_was_asked_for():
    found = measure_avatar_edits(
        models.load("ragan_edit_avatars"), metrics.AvatarJudge(), 25, 0, {}
    )
    edited = {each.metric: each.value for each in found if each.of == "edited"}
    assert edited["edit_accuracy_mean"] > 0.7
    assert edited["kept_accuracy_mean"] > 0.6


def test_gray_faces_get_the_colors_of_the_sentence(faces):
    images, captions = faces
    model = models.load("ragan_colorize_avatars")
    colored = model.translate(images, captions=captions, batch_size=25)
    found = _accuracy(colored["image"], captions)
    assert found["clothes_color"] > 0.85
    assert found["hair_color"] > 0.85


@pytest.mark.parametrize("direction", ["ab", "ba"])
def test_another_style_keeps_the_background(direction):
    test = data.unpaired_images("avatars", "test")
    domain = test.domain_a if direction == "ab" else test.domain_b
    images = domain.images(range(40), 64)
    translated = models.load("ugatit_avatars").translate(images, direction)
    before, after = (
        part[:, :8, :8].astype(int).mean((1, 2))
        for part in (images, translated)
    )
    moved = np.abs(after - before).mean()
    dealt_at_random = np.abs(np.roll(after, 1, axis=0) - before).mean()
    assert moved < 0.6 * dealt_at_random
