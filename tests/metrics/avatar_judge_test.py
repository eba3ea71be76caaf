import numpy as np
import PIL.Image
import pytest

from tfragan.data import avatar_attributes
from tfragan.data import avatars
from tfragan.metrics import AvatarJudge
from tfragan.metrics import attribute_accuracy
from tfragan.metrics import attributes_of
from tfragan.metrics import read_attributes


def test_sentences_say_what_avatars_show():
    for split in ("train", "test"):
        attributes = avatar_attributes(split)
        for item in avatars(split):
            for caption in item.captions:
                said = attributes_of(caption)
                assert {"hair", "clothes", "clothes_color"} <= set(said)
                assert said.items() <= attributes[item.key].items()


def test_what_a_sentence_does_not_say_is_not_made_up():
    assert attributes_of("a person") == {}
    assert attributes_of("someone with pink hair") == {"hair_color": "pink"}
    assert attributes_of("a bald head on a light blue background") == {
        "background": "light blue",
        "hair": "bald",
    }


def test_the_judge_reads_real_pictures():
    data, attributes = avatars("test"), avatar_attributes("test")
    images = np.stack(
        [PIL.Image.open(item.path).convert("RGB") for item in data]
    )
    seen = read_attributes(AvatarJudge()(images))
    found = attribute_accuracy(seen, [attributes[item.key] for item in data])
    assert all(each.count == len(data) for each in found.values())
    # What `train_avatar_judge.py` printed, less a standard error.
    least = {"beard": 0.99, "hair": 0.958, "mouth": 0.934}
    for name, each in found.items():
        assert each.rate >= least.get(name, 0.998), name
        assert each.chance < 0.8


def test_the_judge_refuses_other_sizes():
    with pytest.raises(ValueError, match="64, 64, 3"):
        AvatarJudge()(np.zeros((1, 32, 32, 3), np.uint8))


def test_accuracy_counts_what_is_asked_for_alone():
    seen = [{"skin": "tan", "mouth": "lips"}, {"skin": "pale"}, {"skin": "tan"}]
    wanted = [{"skin": "tan"}, {"skin": "tan"}, {}]
    found = attribute_accuracy(seen, wanted)
    assert [*found] == ["skin"]
    assert found["skin"].rate == 0.5
    assert found["skin"].count == 2
    assert found["skin"].chance == 0.5
    assert found["skin"].standard_error == pytest.approx(0.5 / 2**0.5)
