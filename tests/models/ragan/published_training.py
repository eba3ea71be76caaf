"""Two updates of RAGAN's published training functions, run by our model."""

import dataclasses

import numpy as np
import tensorflow as tf

from tests.golden import double_precision
from tests.golden import group
from tests.golden import load
from tests.golden import nhwc
from tests.models.ragan import published_networks as published
from tests.published import GradientRecorder
from tests.published import published_values
from tests.published import scalar
from tfragan.convert import ragan_weights
from tfragan.convert.attngan_weights import text_encoder_entries
from tfragan.convert.weight_map import load_state_dict
from tfragan.distribution import Replica
from tfragan.models import DAMSM
from tfragan.models import RAGAN
from tfragan.models import SmallImageEncoder
from tfragan.models.ragan.ragan_guidance import Guidance
from tfragan.models.ragan.ragan_guidance import Noise
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary

SETTINGS = {
    "sup_image": (True, "image"),
    "sup_image_label": (True, "image_label"),
    "sup_image_text": (True, "image_text"),
    "sup_label": (True, "label"),
    "sup_text": (True, "text"),
    "unsup_image": (False, "image"),
    "unsup_label": (False, "label"),
    "unsup_text": (False, "text"),
    "unsup_text_batch": (False, "text"),
}

# As the reference recommends: of losses in either update, of gradients and of
# weights; beside each what it saw.
LOSSES = (1e-4, 3e-3)  # 3e-6, 6e-4
GRADIENTS = 1e-2  # 1.2e-3
_NETWORKS = (
    "G",
    "E_image",
    "D0",
    "D1",
    "D2",
    "Dsecond0",
    "Dsecond1",
    "Dsecond2",
)
_UNREAD = ("running_mean", "running_var")


class _Recorder(GradientRecorder):
    """An optimizer that notes the gradients of each of its steps."""

    def __init__(self, optimizer):
        super().__init__(optimizer)
        self.steps = []

    def apply(self, gradients, variables):
        paths = [variable.path for variable in variables]
        values = [np.array(gradient) for gradient in gradients]
        self.steps.append(dict(zip(paths, values, strict=True)))
        self.optimizer.apply(gradients, variables)


@dataclasses.dataclass
class PublishedTraining:
    """What our model did on the batch of a fixture.

    Attributes:
        arrays: the fixture, with both gradients at the same weights.
        model: the model.
        entries: dict of published network to list of `WeightEntry`.
        losses: one dict an update.
        before: values before the updates, by network and published name.
        after: the same after each update.
        recorders: dict of optimizer name to its `_Recorder`.
    """

    arrays: dict
    model: RAGAN
    entries: dict
    losses: list
    before: dict
    after: list
    recorders: dict

    @classmethod
    @double_precision()
    def of(cls, name):
        """Runs the fixture of a setting."""
        arrays = load("ragan", f"train_step_{name}")
        arrays = {**arrays, **group(arrays, "snapshot")}
        model = _make_model(arrays, *SETTINGS[name], published.kind_of(name))
        entries = _load_networks(model, arrays)
        recorders = {
            f"{role}_optimizer": _Recorder(model.published_optimizer(role))
            for role in model.optimizer_roles
        }
        model.compile(**recorders)
        before = _values(entries)
        losses, after = [], []
        for step in (1, 2):
            losses.append(_update(model, arrays, step))
            after.append(_values(entries))
        return cls(arrays, model, entries, losses, before, after, recorders)

    def assert_losses(self):
        """Compares the reported losses of both updates."""
        names = {
            "errD_total": ["discriminator_loss"],
            "errG_total": ["generator_loss"],
            "errRec": ["loss/reconstruction", "loss/identity"],
            "errKL": ["loss/kl"],
            "errCode": ["loss/code"],
        }
        for number, size in enumerate(self.model.image_sizes):
            names[f"D_{number}"] = [f"loss/discriminator_{size}"]
            names[f"G_{number}"] = [f"loss/generator_{size}"]
        for step, (losses, tolerance) in enumerate(
            zip(self.losses, LOSSES, strict=True), 1
        ):
            expected = group(self.arrays, f"out/step{step}/loss")
            assert set(expected) <= set(names)
            for theirs in expected:
                found = sum(losses.get(name, 0.0) for name in names[theirs])
                np.testing.assert_allclose(
                    found,
                    scalar(expected, theirs),
                    rtol=tolerance,
                    err_msg=f"{step} {theirs}",
                )

    def assert_gradients(self):
        """Compares sums, norms and full gradients of the first update."""
        found = {name: self._gradients(name) for name in self.entries}
        if self.model.encoder is not None:
            found["G_code"] = self._gradients("G", 1)
        compared = 0
        for net, gradients in found.items():
            full = group(self.arrays, f"grad/step1/{net}")
            if full:
                published.assert_gradients(gradients, full, GRADIENTS)
            sums = group(self.arrays, f"gsum/step1/{net}")
            assert sums, net
            # What cancels is measured by the largest gradient.
            floor = 1e-5 * max(norm for _, norm in sums.values())
            for key, (total, norm) in sums.items():
                gradient = gradients[key].astype("float64")
                limit = GRADIENTS * norm + floor
                length = np.sqrt(gradient.size)
                error = abs(np.linalg.norm(gradient) - norm)
                assert error <= limit, (net, key, error, norm)
                error = abs(gradient.sum() - total)
                assert error <= limit * length, (net, key, error, total)
                compared += 1
        assert compared

    def _gradients(self, net, number=0):
        optimizer = {"G": "generator_optimizer", "E_image": "encoder_optimizer"}
        recorder = self.recorders[optimizer.get(net, "discriminator_optimizer")]
        by_path = recorder.steps[number]
        found = {}
        for entry in self.entries[net]:
            if entry.variable.trainable:
                found.update(entry.to_published(by_path[entry.variable.path]))
        return found

    def assert_weights(self):
        """Compares sums and norms of all weights, and how far they moved."""
        for step in (1, 2):
            for net, values in self.after[step - 1].items():
                expected = group(self.arrays, f"out/step{step}/after/{net}")
                assert expected
                for key, (total, norm) in expected.items():
                    if key not in values:
                        assert key.endswith(_UNREAD), key
                        continue
                    value = values[key].astype("float64")
                    limit = 4e-4 * np.sqrt(value.size) + 1e-5
                    assert abs(value.sum() - total) <= limit, (step, net, key)
                    error = abs(np.linalg.norm(value) - norm)
                    assert error <= 4e-4, (step, net, key, error)
        for net, values in self.after[0].items():
            for key, moved in group(
                self.arrays, f"out/step1/delta/{net}"
            ).items():
                _assert_direction(
                    values[key] - self.before[net][key], moved, (net, key)
                )


def _assert_direction(found, expected, name):
    """Compares by the cosine; a short vector may have a flipped sign."""
    found, expected = (
        np.asarray(x, "float64").ravel() for x in (found, expected)
    )
    if not np.any(expected):
        return
    cosine = found @ expected
    cosine /= np.linalg.norm(found) * np.linalg.norm(expected) + 1e-30
    assert cosine >= (0.99 if found.size >= 20 else 0.9), (name, cosine)


def _make_model(arrays, supervised, guidance, kind):
    networks = {name: group(arrays, f"param/{name}") for name in _NETWORKS}
    generator = networks["G"]
    encoder = networks["E_image"]
    options = {}
    if encoder:
        shortcuts = [key for key in encoder if "shortcut.1.weight" in key]
        options["encoder_blocks"] = len(shortcuts) + 1
        options["code_dim"] = len(encoder["fc.0.bias"])
        options["encoder_width"] = len(
            encoder.get("conv.0.conv.bias", encoder.get("c1.conv.bias"))
        )
    labels = 0
    if "label" in guidance:
        labels = int(np.prod(arrays["in/c_local"].shape[:2]))
    return RAGAN(
        _make_damsm(arrays) if "text" in guidance else None,
        supervised,
        guidance,
        image_size=arrays["in/img2"].shape[-1],
        labels=labels,
        embedding_dim=generator["tr2.att.conv_context.weight"].shape[1],
        input_channels=generator["c1.conv.weight"].shape[1],
        generator_width=generator["c1.conv.weight"].shape[0],
        discriminator_width=networks["D0"]["conv.0.conv.weight"].shape[0],
        residual_blocks=len(
            {key.split(".")[2] for key in generator if key.startswith("tr1.")}
        ),
        normalization=kind,
        mask_order="published",
        **options,
    )


def _make_damsm(arrays):
    parameters = group(arrays, "param/E_text")
    words, word_dim = parameters["encoder.weight"].shape
    dim = 2 * parameters["rnn.weight_hh_l0"].shape[1]
    names = ["<end>", *(f"word{number}" for number in range(1, words))]
    tokenizer = CaptionTokenizer(Vocabulary(names))
    encoder = SmallImageEncoder(dim, width=4, input_size=16)
    damsm = DAMSM(tokenizer, encoder, word_dim=word_dim)
    load_state_dict(text_encoder_entries(damsm.text_encoder), parameters)
    return damsm


def _load_networks(model, arrays):
    entries = {"G": ragan_weights.generator_entries(model.generator)}
    if model.encoder is not None:
        entries["E_image"] = ragan_weights.encoder_entries(model.encoder)
    sets = {"D": "b", **({"Dsecond": "a"} if model.setting.both_ways else {})}
    for prefix, domain in sets.items():
        for number, network in enumerate(model.discriminators_of(domain)):
            entries[f"{prefix}{number}"] = ragan_weights.discriminator_entries(
                network
            )
    for name, part in entries.items():
        published.load_published(part, group(arrays, f"param/{name}"))
    return entries


def _values(entries):
    return {name: published_values(part) for name, part in entries.items()}


def _update(model, arrays, step):
    """One update on the batch, in the order of the published code."""
    images = [arrays[f"in/img{number}"] for number in range(3)]
    order = arrays.get("out/step1/sorted_index", slice(None))
    images = [image[order] for image in images]
    if model.setting.both_ways:
        others = [arrays[f"in/imgB{number}"] for number in range(3)]
        images = [
            np.concatenate(pair) for pair in zip(images, others, strict=True)
        ]
    inputs = arrays.get("in/gray", arrays.get("in/imgA"))
    inputs = images[-1] if inputs is None else inputs[order]
    condition = {
        "images": [tf.constant(nhwc(image)) for image in images],
        "inputs": tf.constant(nhwc(inputs)),
        "guidance": _guidance(model, arrays, order),
        "noise": _noise(model, arrays, step),
    }
    return model.update_networks({}, condition, Replica(1, 0))


def _guidance(model, arrays, order):
    if model.setting.source == "text":
        captions = arrays["in/captions"][order]
        # Trimmed to the longest, as published.
        captions = captions[:, : arrays["in/cap_lens"].max()]
        return model.guidance_of({"token_ids": tf.constant(captions)})
    if model.setting.source == "label":
        return Guidance(
            tf.constant(arrays["in/c_global"]),
            tf.constant(arrays["in/c_local"]),
        )
    return None


def _noise(model, arrays, step):
    if model.encoder is None:
        return None
    first, random, second = (
        arrays[f"in/noise/step{step}_{number}"] for number in range(3)
    )
    if model.setting.source == "image":
        # The published local codes have words last, and positions in a row.
        random = np.transpose(random, (0, 2, 1))
        first, second = (x.reshape(random.shape) for x in (first, second))
    return Noise(*(tf.constant(x) for x in (first, random, second)))
