"""Attribute accuracy: whether a picture shows what its sentence says.

For sentences as the avatars have them (see `tfragan.data.avatars`). A small
classifier, which comes with the package, reads nine attributes off a picture;
it was trained by `tfragan/metrics/train_avatar_judge.py` on images that no
generator is trained on.
"""

import dataclasses
import functools
import importlib.resources
import re

import keras
import numpy as np
import tensorflow as tf

from tfragan.data.avatars import ATTRIBUTES
from tfragan.export.metadata import weights_sha256

IMAGE_SIZE = 64
WEIGHTS = "avatar_judge.npz"

_PHRASES = {
    "background": {
        value: f"{value} background" for value in ATTRIBUTES["background"]
    },
    "beard": {
        "beardMustache": "full beard",
        "goatee": "goatee",
        "shadow": "stubble",
        "walrus": "moustache",
    },
    "clothes": {
        "checkered": "checkered shirt",
        "rounded": "sweater",
        "squared": "shirt",
    },
    "eyes": {
        "glasses": "glasses",
        "sleep": "closed eyes",
        "sunglasses": "sunglasses",
    },
    "mouth": {
        "bigSmile": "laughing",
        "frown": "frowning",
        "smile": "smiling",
        "surprise": "surprised",
    },
    "skin": {value: f"{value} skin" for value in ATTRIBUTES["skin"]},
}
_COLORED_HAIR = {
    "bobBangs": "a COLOR bob with bangs",
    "bobCut": "a COLOR bob",
    "curly": "curly COLOR hair",
    "curlyBun": "a curly COLOR bun",
    "curlyHighTop": "high curly COLOR hair",
    "extraLong": "very long COLOR hair",
    "long": "long COLOR hair",
    "mohawk": "a COLOR mohawk",
    "pigtails": "COLOR pigtails",
    "shortCombover": "short COLOR hair",
    "shortComboverChops": "short COLOR hair with sideburns",
    "sideShave": "half shaved COLOR hair",
    "straightBun": "a COLOR bun",
}
_PLAIN_HAIR = {
    "bald head": "bald",
    "no hair": "bald",
    "buzzcut": "buzzcut",
    "orange cap": "cap",
    "red beanie": "beanie",
}


@functools.cache
def attributes_of(caption):
    """What a sentence says of a face.

    Args:
        caption: A sentence in the words of those of the avatars.

    Returns:
        Dict from the names of `ATTRIBUTES` that it mentions to their values.

    Example:

    >>> attributes_of("a smiling person with a pink bob, in a teal shirt")
    {'clothes': 'squared', 'mouth': 'smile', 'hair': 'bobCut', \
'hair_color': 'pink', 'clothes_color': 'teal'}
    """
    caption = caption.lower()
    found = {}
    for attribute, phrases in _PHRASES.items():
        said = [
            (len(phrase), value)
            for value, phrase in phrases.items()
            if re.search(rf"\b{phrase}\b", caption)
        ]
        if said:
            # "light blue background" and "checkered shirt" say more than
            # the phrases within them.
            found[attribute] = max(said)[1]
    found.update(_hair_of(caption))
    shirt = rf"\b({'|'.join(ATTRIBUTES['clothes_color'])}) "
    match = re.search(shirt + r"(checkered )?(shirt|sweater)\b", caption)
    if match:
        found["clothes_color"] = match[1]
    return found


def _hair_of(caption):
    for phrase, value in _PLAIN_HAIR.items():
        if phrase in caption:
            return {"hair": value}
    colors = "|".join(ATTRIBUTES["hair_color"])
    said = []
    for value, phrase in _COLORED_HAIR.items():
        pattern = phrase.replace("COLOR", f"({colors})").replace("a (", "(")
        match = re.search(rf"\b{pattern}\b", caption)
        if match:
            said.append((len(phrase), value, match[1]))
    if not said:
        match = re.search(rf"\b({colors}) hair\b", caption)
        return {"hair_color": match[1]} if match else {}
    _, hair, color = max(said)
    return {"hair": hair, "hair_color": color}


def judge_network():
    """The classifier, with random weights.

    It goes from images (batch, 64, 64, 3) in [0, 255] to a dict from attributes
    to logits (batch, values).
    """
    inputs = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1.0)(inputs)
    for width in (16, 32, 64, 128):
        for filters, strides in ((width, 1), (2 * width, 2)):
            x = keras.layers.Conv2D(
                filters, 3, strides, padding="same", use_bias=False
            )(x)
            x = keras.layers.BatchNormalization(momentum=0.95)(x)
            x = keras.layers.ReLU()(x)
    x = keras.layers.Dropout(0.2)(keras.layers.Flatten()(x))
    x = keras.layers.Dense(256, activation="relu")(x)
    heads = {
        name: keras.layers.Dense(len(values), name=name)(x)
        for name, values in ATTRIBUTES.items()
    }
    return keras.Model(inputs, heads, name="avatar_judge")


class AvatarJudge:
    """Reads attributes off pictures of avatars; its logits are features.

    Attributes:
        name: `"avatar_judge"`.
        dim: values of all attributes together.

    Args:
        weights: `pathlib.Path` of the arrays that `train_avatar_judge.py`
            writes; by default those of the package.

    Example:

    ```python
    judge = AvatarJudge()
    seen = read_attributes(judge(model.generate(captions)))
    accuracies = attribute_accuracy(seen, map(attributes_of, captions))
    accuracies["hair_color"].rate
    ```
    """

    name = "avatar_judge"
    dim = sum(map(len, ATTRIBUTES.values()))

    def __init__(self, weights=None):
        if weights is None:
            files = importlib.resources.files("tfragan.metrics")
            weights = files.joinpath(WEIGHTS)
        self._network = judge_network()
        with weights.open("rb") as file, np.load(file) as arrays:
            self._network.set_weights([*arrays.values()])

    def __call__(self, images, batch_size=64):
        """Logits of all values of all attributes.

        Args:
            images: uint8 (n, 64, 64, 3).
            batch_size: Images at a time.

        Returns:
            float32 (n, dim).

        Raises:
            ValueError: Images of another size.
        """
        images = np.asarray(images)
        expected = (IMAGE_SIZE, IMAGE_SIZE, 3)
        if images.shape[1:] != expected:
            raise ValueError(
                f"Avatars are images of the shape {expected}. "
                f"Received: {images.shape[1:]}"
            )
        logits = [
            self._logits(images[start : start + batch_size]).numpy()
            for start in range(0, len(images), batch_size)
        ]
        return np.concatenate(logits)

    @functools.cached_property
    def _logits(self):
        def run(images):
            logits = self._network(images, training=False)
            return tf.concat([logits[name] for name in ATTRIBUTES], -1)

        shape = (None, IMAGE_SIZE, IMAGE_SIZE, 3)
        return tf.function(run, [tf.TensorSpec(shape, tf.uint8)])

    def protocol(self):
        """What a number measured with this classifier depends on."""
        return {
            "features": self.name,
            "dim": self.dim,
            "weights": "of the package",
            "weights_sha256": self._weights_sha256,
            "resize": "none",
        }

    @functools.cached_property
    def _weights_sha256(self):
        return weights_sha256([each.value for each in self._network.weights])


def read_attributes(logits):
    """The attributes that an `AvatarJudge` sees.

    Args:
        logits: float (n, dim).

    Returns:
        List of n dicts from the names of `ATTRIBUTES` to values.
    """
    ends = np.cumsum([len(values) for values in ATTRIBUTES.values()])
    parts = np.split(logits, ends[:-1], axis=-1)
    columns = [
        [values[place] for place in part.argmax(-1)]
        for values, part in zip(ATTRIBUTES.values(), parts, strict=True)
    ]
    return [
        dict(zip(ATTRIBUTES, row, strict=True))
        for row in zip(*columns, strict=True)
    ]


@dataclasses.dataclass(frozen=True)
class AttributeAccuracy:
    """How often one attribute is as it should be.

    Attributes:
        rate: Fraction of the pictures of sentences that name the attribute.
        count: How many pictures that are.
        chance: The rate if pictures were dealt to sentences at random.
    """

    rate: float
    count: int
    chance: float

    @property
    def standard_error(self):
        """Of the rate, by the binomial distribution."""
        return float(np.sqrt(self.rate * (1 - self.rate) / self.count))


def attribute_accuracy(seen, wanted):
    """How often pictures have the attributes that they should have.

    Args:
        seen: Dicts of attributes of pictures, see `read_attributes`.
        wanted: A dict for each picture, of the attributes to look at, see
            `attributes_of`.

    Returns:
        Dict from attributes that are wanted at all to `AttributeAccuracy`.
    """
    results = {}
    for name, values in ATTRIBUTES.items():
        pairs = [
            (values.index(is_there[name]), values.index(asked[name]))
            for is_there, asked in zip(seen, wanted, strict=True)
            if name in asked
        ]
        if not pairs:
            continue
        there, asked = np.array(pairs).T
        frequencies = [
            np.bincount(each, minlength=len(values)) / len(pairs)
            for each in (there, asked)
        ]
        results[name] = AttributeAccuracy(
            rate=float(np.mean(there == asked)),
            count=len(pairs),
            chance=float(np.dot(*frequencies)),
        )
    return results
