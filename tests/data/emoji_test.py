import os

import numpy as np
import PIL.Image
import pytest

from tfragan.data.emoji import emoji


def test_the_embedded_emoji_are_all_there():
    train, test = emoji("train"), emoji("test")
    assert (len(train), len(test)) == (1586, 320)
    assert not {i.key for i in train} & {i.key for i in test}
    assert all(os.path.exists(item.path) for item in (*train, *test))


def test_red_heart_is_a_red_picture_called_red_heart():
    hearts = [i for i in emoji("train") if i.captions[0] == "red heart"]
    assert len(hearts) == 1
    assert hearts[0].captions == (
        "red heart",
        "red heart, emotion",
        "red heart, love",
        "emotion, heart, love, red",
    )
    image = np.asarray(PIL.Image.open(hearts[0].path).convert("RGB"), float)
    assert image.shape == (64, 64, 3)
    assert (image[0, 0] == 255).all()
    red, green, blue = image[32, 32]
    assert red > 200
    assert max(green, blue) < 100


def test_both_vendors_draw_the_same_emoji_differently():
    noto, twemoji = emoji("test", "noto"), emoji("test", "twemoji")
    assert [i.key for i in noto] == [i.key for i in twemoji]
    assert noto.captions() == twemoji.captions()
    assert noto[0].read() != twemoji[0].read()


def test_captions_are_one_to_six_and_begin_with_the_name():
    for item in emoji("train"):
        assert 1 <= len(item.captions) <= 6
        assert len(set(item.captions)) == len(item.captions)
        assert all(caption.strip() for caption in item.captions)


def test_classes_are_subcategories_in_both_splits():
    train, test = emoji("train"), emoji("test")
    assert train.class_names == test.class_names
    assert len(train.class_names) == 98
    by_name = {item.captions[0]: item for item in (*train, *test)}
    smiles = by_name["grinning face"], by_name["beaming face with smiling eyes"]
    assert {train.class_names[i.class_id] for i in smiles} == {"face-smiling"}


def test_pictures_are_not_mirrored():
    assert not emoji().mirrored_fits


def test_unknown_splits_and_vendors_are_refused():
    with pytest.raises(ValueError, match="split='val'"):
        emoji("val")
    with pytest.raises(ValueError, match="vendor='apple'"):
        emoji(vendor="apple")
