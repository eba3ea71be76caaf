"""Models are asked in their own terms and give pictures."""

import numpy as np
import pytest
from PIL import Image

from tests.serving.fake_server import CAPTIONS
from tests.serving.fake_server import COLORS
from tests.serving.fake_server import EDIT
from tests.serving.fake_server import LABELS
from tests.serving.fake_server import TRANSLATION
from tests.serving.fake_server import FakeModel
from tests.serving.fake_server import png
from tfragan.serving import ServingError

_PHOTO = png((3, 2), (1, 2, 3))
_OTHER = png((2, 3), (1, 2, 3))


@pytest.fixture
def started(ask, transport):
    def start(signatures):
        model = FakeModel(signatures)
        return model, ask(model, transport)

    return start


def _inputs(model):
    signature, inputs = model.requests[-1]
    return signature, {name: one.tolist() for name, one in inputs.items()}


def test_captions_become_pictures(started):
    pictures = started(CAPTIONS)[1].generate(["a", "b"], [5, 7])

    assert all(isinstance(one, Image.Image) for one in pictures)
    assert [one.getpixel((0, 0))[0] for one in pictures] == [5, 7]


@pytest.mark.parametrize(
    ("captions", "seeds", "expected"),
    [
        ("a", None, ([b"a"], [0])),
        (["a", "b"], None, ([b"a", b"b"], [0, 1])),
        (["a", "b"], 5, ([b"a", b"b"], [5, 6])),
        ("a", [5, 9, 2], ([b"a"] * 3, [5, 9, 2])),
        (["a", "b"], np.array([3, 3]), ([b"a", b"b"], [3, 3])),
    ],
)
def test_one_caption_or_seed_holds_for_all(started, captions, seeds, expected):
    model, client = started(CAPTIONS)

    client.generate(captions, seeds)

    _, inputs = _inputs(model)
    assert (inputs["caption"], inputs["seed"]) == expected


def test_no_captions_or_uneven_rows_are_not_sent(started):
    model, client = started(CAPTIONS)

    assert client.generate([]) == []
    with pytest.raises(ValueError, match="2 of caption, 3 of seed"):
        client.generate(["a", "b"], [1, 2, 3])
    assert model.requests == []


@pytest.mark.parametrize(
    ("options", "signature"),
    [
        ({}, "serving_default"),
        ({"direction": "ba"}, "ba"),
        ({"input_size": True}, "input_size"),
        ({"direction": "ba", "input_size": True}, "ba_input_size"),
    ],
)
def test_a_direction_and_size_have_their_signature(started, options, signature):
    model, client = started(TRANSLATION)

    (found,) = client.translate(_PHOTO, **options)

    assert found.size == (4, 4)
    assert _inputs(model) == (signature, {"image_bytes": [_PHOTO]})


def test_an_image_is_edited_as_each_caption_says(started, tmp_path):
    model, client = started(EDIT)
    path = tmp_path / "bird.png"
    path.write_bytes(_PHOTO)

    assert len(client.edit(path, ["a", "b"])) == 2
    assert _inputs(model) == (
        "edit",
        {"image_bytes": [_PHOTO] * 2, "caption": [b"a", b"b"]},
    )


def test_an_image_is_edited_as_labels_say(started):
    model, client = started(LABELS)

    client.edit([_PHOTO, _OTHER], labels=[3, 1])

    assert _inputs(model)[1]["label_ids"] == [[3, 1], [3, 1]]


def test_colors_have_seeds_or_references(started):
    model, client = started(COLORS)
    expected = {"image_bytes": [_PHOTO, _OTHER], "caption": [b"red"] * 2}

    client.colorize([_PHOTO, _OTHER], "red")
    assert _inputs(model) == ("colorize", {**expected, "seed": [0, 1]})
    expected["reference_bytes"] = [_OTHER] * 2
    for ask in (client.colorize, client.translate):
        ask([_PHOTO, _OTHER], captions="red", references=_OTHER)
        assert _inputs(model) == ("colorize_from_reference", expected)


def test_a_model_of_another_kind_says_what_it_has(started):
    with pytest.raises(ServingError, match="input_size") as found:
        started(TRANSLATION)[1].edit(_PHOTO, "red")

    assert found.value.code == "INVALID_ARGUMENT"


def test_images_that_are_none_are_refused_before_asking(started):
    model, client = started(EDIT)

    with pytest.raises(ValueError, match="expected an image file"):
        client.edit(b"no image", "red")

    assert model.requests == []
