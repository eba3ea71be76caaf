import numpy as np

from tfragan.data import avatars
from tfragan.data import emoji
from tfragan.data.avatars import ATTRIBUTES
from tfragan.evaluation.attribute_match import has_attributes
from tfragan.evaluation.attribute_match import measure_attributes
from tfragan.metrics import attributes_of


def _logits(attributes):
    """What a judge that sees these attributes would give."""
    return np.concatenate(
        [
            [float(attributes.get(name) == value) for value in values]
            for name, values in ATTRIBUTES.items()
        ]
    )


def test_only_avatars_have_attributes():
    assert has_attributes(avatars("test"))
    assert not has_attributes(emoji("test"))


def test_one_measurement_an_attribute_that_sentences_name():
    captions = [
        "a person with a pink bob in a blue shirt",
        "a person with a black bob in a blue shirt with tan skin",
    ]
    seen = [attributes_of(captions[0])] * 2
    found = measure_attributes(
        "generated",
        np.stack([*map(_logits, seen)]),
        captions,
        step=7,
        about={"split": "test"},
    )
    values = {each.metric: each for each in found}
    assert set(values) == {
        f"attribute_accuracy_{name}"
        for name in ("hair", "hair_color", "clothes", "clothes_color", "skin")
    }
    color = values["attribute_accuracy_hair_color"]
    assert (color.value, color.step, color.better) == (0.5, 7, "higher")
    assert color.details == {"chance": 0.5, "pictures": 2}
    assert color.protocol["split"] == "test"
    assert values["attribute_accuracy_skin"].details["pictures"] == 1
