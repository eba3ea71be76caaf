"""RAGAN trains as its guidance says, on the data that it needs."""

import types

import numpy as np
import pytest

from tests.cli.conftest import config_of
from tfragan.cli.errors import UsageError
from tfragan.cli.experiment import open_experiment
from tfragan.cli.families import ragan_data
from tfragan.cli.families.ragan_held_out import HeldOut
from tfragan.models.ragan.ragan_guidance import find_setting
from tfragan.optimizers import LinearDecay
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary


def _build(name="ragan_emoji:tiny", **values):
    return open_experiment(config_of(name, **values)).build()


def test_labels_and_attributes_are_counted_in_the_data():
    built = _build()
    assert built.model.labels == 9 + 2
    assert built.batch_spec(3)["label_ids"].shape == (3, 2)
    assert built.describe_batch() == "2 images"
    assert "2 labels of vendor of emoji" in built.describe_data()


def test_pairs_have_inputs_in_color():
    built = _build(
        **{
            "network.supervised": True,
            "network.guidance": "image_label",
            "data.kind": "pairs",
        }
    )
    assert built.model.input_channels == 3
    spec = built.batch_spec(2)
    batch = next(iter(built.train.batches(2, **built.batch_options())))
    assert set(spec) == {"images", "inputs", "label_ids"}
    for name in ("inputs", "label_ids"):
        assert spec[name].shape == batch[name].shape, name
    # With an encoder the generator moves twice a step.
    rates = {
        name: optimizer._learning_rate
        for name, optimizer in built.model.optimizers().items()
    }
    assert all(isinstance(rate, LinearDecay) for rate in rates.values())
    per_epoch = built.steps_per_epoch
    assert {
        name: rate.steps_per_period // per_epoch for name, rate in rates.items()
    } == {
        "generator_optimizer": 2,
        "discriminator_optimizer": 1,
        "encoder_optimizer": 1,
    }


def test_less_memory_is_a_matter_of_one_value():
    smaller = _build("ragan_noto2twemoji:tiny").smaller_values()
    assert smaller["batch_size"] == 1
    assert smaller["network.image_size"] == 16


_SIZE = 32
# Supervised, guidance, kind of data: every setting once.
_CASES = [
    (False, "text", "captions"),
    (False, "label", "labels"),
    (False, "image", "unpaired"),
    (True, "text", "pairs"),
    (True, "image_text", "captions"),
    (True, "label", "pairs"),
    (True, "image_label", "labels"),
    (True, "image", "captions"),
]
_USUAL = [
    *("captions", "labels", "unpaired"),
    *("captions", "captions", "labels", "labels", "pairs"),
]


def _config(supervised=False, guidance="text", kind="auto", source="emoji"):
    values = {
        "network.supervised": supervised,
        "network.guidance": guidance,
        "data.kind": kind,
        "data.source": source,
    }
    return config_of("ragan_emoji:tiny", **values)


def _model(config, data):
    """What the data looks at of a model."""
    setting = find_setting(config.network.supervised, config.network.guidance)
    tokenizer = None
    if setting.source == "text":
        tokenizer = CaptionTokenizer(Vocabulary.from_captions(data.captions()))
    return types.SimpleNamespace(
        setting=setting,
        tokenizer=tokenizer,
        image_size=_SIZE,
        image_sizes=(_SIZE // 4, _SIZE // 2, _SIZE),
        code_shape=lambda: (2, 3),
    )


@pytest.mark.parametrize(("supervised", "guidance", "kind"), _CASES)
def test_every_setting_has_its_held_out_images(supervised, guidance, kind):
    config = _config(supervised, guidance, kind)
    data = ragan_data.open_ragan_data(config, "test")
    model = _model(config, data)
    source = model.setting.source
    held_out = HeldOut(config, model, data)
    part = next(iter(held_out.parts(3)))
    name = {"text": "captions", "label": "label_ids", "image": "references"}
    assert part.images.shape == (3, _SIZE, _SIZE, 3)
    assert len(part.guidance[name[source]]) == 3
    assert (part.truths is not None) == supervised
    colors = np.ptp(part.images, axis=-1).max() > 0
    assert colors == (not supervised or kind == "pairs")
    if not supervised:
        assert len(part.others[name[source]]) == 3
    if source != "image":
        guidances = held_out.guidances(2)
        assert [list(one.arguments) for one in guidances] == [
            [name[source]]
        ] * 2


def test_the_usual_kind_of_data_follows_from_the_guidance():
    found = [
        ragan_data.kind_of(_config(supervised, guidance))
        for supervised, guidance, _ in _CASES
    ]
    assert found == _USUAL


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"guidance": "label", "kind": "captions"}, "learns from labels"),
        (
            {"supervised": True, "kind": "unpaired"},
            "supervised and guided by text learns from captions or pairs",
        ),
        ({"kind": "caption"}, "Did you mean 'captions'?"),
        ({"guidance": "image_text"}, "guided by text, label, image"),
        ({"guidance": "label", "source": "no/such"}, "no/such"),
    ],
)
def test_data_that_does_not_fit_is_refused(values, sentence):
    with pytest.raises(ValueError, match=sentence.replace("?", r"\?")):
        ragan_data.open_ragan_data(_config(**values), "train")


def test_pairs_without_captions_guide_no_text(tmp_path):
    from PIL import Image

    for name in ("trainA", "trainB"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (32, 32)).save(tmp_path / name / "a.png")
    for guidance, missing in (("text", "captions"), ("label", "labels")):
        config = _config(True, guidance, "pairs", str(tmp_path))
        with pytest.raises(UsageError, match=f"have no {missing}"):
            ragan_data.open_ragan_data(config, "train")


def test_a_layout_is_for_captions_only():
    config = _config(guidance="label")
    config.data.layout = "cub"
    with pytest.raises(UsageError, match="data of labels has its own"):
        ragan_data.open_ragan_data(config, "train")


def test_images_are_edited_by_the_guidance_of_others():
    config = _config(guidance="label")
    data = ragan_data.open_ragan_data(config, "test")
    held_out = HeldOut(config, _model(config, data), data)
    part = next(iter(held_out.parts(4)))
    own, others = (
        guidance["label_ids"] for guidance in (part.guidance, part.others)
    )
    assert others == own[2:] + own[:2]


def test_the_data_is_described():
    described = {
        kind: ragan_data.open_ragan_data(
            _config(*setting, kind), "test"
        ).contents()
        for kind, setting in {
            "captions": (False, "text"),
            "labels": (False, "label"),
            "pairs": (True, "image"),
            "unpaired": (False, "image"),
        }.items()
    }
    labels = "9 labels of category"
    assert described["captions"].startswith("320 images, ")
    assert described["captions"].endswith(" classes")
    assert described["labels"] == f"640 images, {labels}, 2 labels of vendor"
    assert described["pairs"].startswith("320 pairs, ")
    assert described["unpaired"] == "320 images of A and 320 of B"
