import pytest

from tfragan.data.labelled_images import LabelNames


@pytest.fixture
def labels():
    return LabelNames(
        ["color", "size"], [["blue", "green", "red"], ["big", "small"]]
    )


def test_ids_are_numbered_through(labels):
    assert labels.num_labels == 5
    assert labels.offsets == (0, 3)
    seen = {
        labels.ids_of((color, size))
        for color in labels.names[0]
        for size in labels.names[1]
    }
    assert seen == {(k, n) for k in range(3) for n in (3, 4)}


@pytest.mark.parametrize(
    "given", [["red", "big"], {"size": "big", "color": "red"}, [2, 3]]
)
def test_labels_are_given_by_name_or_id(labels, given):
    ids = labels.ids_of(given)
    assert ids == (2, 3)
    assert labels.names_of(ids) == ("red", "big")


def test_one_attribute_needs_no_list():
    kinds = LabelNames(["kind"], [["cat", "dog"]])
    assert kinds.ids_of("dog") == kinds.ids_of(1) == (1,)


def test_many_labels_are_not_all_listed():
    numbers = LabelNames(["n"], [[str(k) for k in range(30)]])
    with pytest.raises(ValueError, match="9 and 20 more. Received: 'x'"):
        numbers.ids_of("x")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["rde", "big"], "'color' are blue, green, red. Received: 'rde'"),
        ([3, 3], "'color' are 0 to 2. Received: 3"),
        ([0, 5], "'size' are 3 to 4. Received: 5"),
        ([-1, 3], "'color' are 0 to 2. Received: -1"),
        (["red"], "each attribute, color, size. Received: red"),
        ("red", "Received: red"),
        ({"color": "red"}, "Received: color"),
        ({"color": "red", "sice": "big"}, "Received: color, sice"),
        ([], "Received: none"),
    ],
)
def test_wrong_labels_are_named(labels, given, message):
    with pytest.raises(ValueError, match=message):
        labels.ids_of(given)


@pytest.mark.parametrize(
    ("attributes", "names"),
    [
        ([], []),
        (["color"], [["red"], ["big"]]),
        (["color"], [[]]),
        (["color"], [["red", "red"]]),
        (["color", "color"], [["red"], ["red"]]),
    ],
)
def test_names_have_to_tell_labels_apart(attributes, names):
    with pytest.raises(ValueError, match="Received:"):
        LabelNames(attributes, names)


def test_same_names_are_equal(labels):
    same = LabelNames(labels.attributes, labels.names)
    assert labels == same
    assert hash(labels) == hash(same)
    assert labels != LabelNames(["color"], [["blue"]])
