import fractions

import numpy as np
import pytest
from PIL import Image

from tests.data.fake_layouts import picture
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.framed_images import Framer
from tfragan.data.framing import Framing
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary

TIGHT = Framing(margin=fractions.Fraction(1), resize_method="lanczos3")


@pytest.fixture(autouse=True)
def _fresh_keras_state():
    """Replaces the reset of Keras, which takes longer than most tests here."""


@pytest.fixture
def pixels():
    return np.asarray(picture((40, 20)))


def test_squares_are_cropped_at_random_in_training_only(pixels):
    framer = Framer((8, 20), TIGHT)
    square = framer.cut(framer.resize(pixels), [0, 1])
    assert square.shape == (20, 20, 3)
    others = [framer.cut(pixels, [seed, 1]).numpy() for seed in range(9)]
    assert len({other.tobytes() for other in others}) > 5
    still = Framer((8, 20), TIGHT, training=False)
    for seed in range(4):
        square = still.cut(pixels, [seed, 1])
        np.testing.assert_array_equal(square, pixels[:, 10:30])


def test_a_centered_square_is_mirrored_in_training(pixels):
    framer = Framer((20,), TIGHT, "center")
    squares = {
        framer.cut(pixels, [seed, 1])[0, 0].numpy().tobytes()
        for seed in range(9)
    }
    assert squares == {pixels[0, k].tobytes() for k in (10, 29)}


def test_all_channels_are_cut_alike(pixels):
    framer = Framer((20,), TIGHT)
    both = np.concatenate([pixels, 255 - pixels], axis=-1)
    for seed in range(4):
        square = framer.cut(both, [seed, 1]).numpy()
        assert square.shape == (20, 20, 6)
        np.testing.assert_array_equal(square[..., :3], 255 - square[..., 3:])


def test_captioned_images_take_the_framing_of_ragan(tmp_path, pixels):
    path = tmp_path / "bird.png"
    Image.fromarray(pixels).save(path)
    item = CaptionedImage("bird", str(path), ("bird",), box=(18, 8, 5, 10))
    tokenizer = CaptionTokenizer(Vocabulary(["<end>", "bird"]), 2)
    # Center (20, 13), 9 to each side; or what was stored, if it is prepared.
    for prepared, cut in ((None, (11, 4, 29, 20)), (32, (0, 0, 40, 20))):
        data = CaptionedImages(
            [item], "one", "train", record_image_size=prepared
        )
        batch = next(
            data.batches(
                1,
                tokenizer,
                image_sizes=(8, 32),
                training=False,
                framing="ragan",
            ).as_numpy_iterator()
        )
        seen = Image.fromarray(pixels).crop(cut)
        sides = [35 * side // min(seen.size) for side in seen.size]
        scaled = np.asarray(seen.resize(sides, Image.Resampling.LANCZOS))
        left = (sides[0] - 32) // 2
        square = scaled[1:33, left : left + 32] / 127.5 - 1
        assert np.abs(batch["images"][1][0] - square).max() < 1.01 / 127.5


@pytest.mark.parametrize(("crop", "side"), [("random", 286), ("full", 256)])
def test_the_shorter_side_has_a_margin(crop, side):
    image = np.zeros((512, 300, 3), np.uint8)
    resized = Framer((64, 256), "ragan", crop).resize(image)
    assert resized.shape == (512 * side // 300, side, 3)


def test_unknown_framings_are_refused():
    with pytest.raises(ValueError, match="framing='loose'"):
        Framer((8,), "loose")
