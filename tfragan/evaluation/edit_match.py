"""Whether edited avatars show what was asked for, and nothing else."""

import numpy as np
from PIL import Image

from tfragan.data.avatars import avatar_edits
from tfragan.evaluation.measurement import HIGHER
from tfragan.evaluation.measurement import LOWER
from tfragan.evaluation.measurement import Measurement
from tfragan.metrics.avatar_judge import attribute_accuracy
from tfragan.metrics.avatar_judge import read_attributes

# Of all attributes that were asked for, or were not, together.
_ALL = "mean"


def measure_avatar_edits(model, judge, batch_size, step, about):
    """Edits the avatars whose right answers are known.

    Each picture is edited by the sentence about its answer. Measured are, by
    attribute and over all edits: how often the attribute that was asked for is
    right (`edit_accuracy`), how often the others are as they were
    (`kept_accuracy`), and the mean absolute difference to the answer, 0 to 255
    (`answer_difference`). Beside the `edited` pictures stand the `unedited`
    ones and, as `real`, the answers themselves.

    Args:
        model: a `RAGAN` that edits by text, of 64 pixels.
        judge: an `AvatarJudge`.
        batch_size: images edited at once.
        step: the global step of the model.
        about: the protocol, a dict.

    Returns:
        List of `Measurement`.
    """
    edits = avatar_edits()
    sources, answers = (
        np.stack([_pixels(getattr(edit, side).path) for edit in edits])
        for side in ("source", "target")
    )
    captions = [edit.target_caption for edit in edits]
    pictures = {
        "edited": model.translate(
            sources, captions=captions, batch_size=batch_size
        )["image"],
        "unedited": sources,
        "real": answers,
    }
    wanted = {
        "edit": [{edit.attribute: edit.value} for edit in edits],
        "kept": [_without(edit.attributes, edit.attribute) for edit in edits],
    }
    about = {
        **about,
        **judge.protocol(),
        "images": len(edits),
        "edits": "avatars with a known answer, by its sentence",
    }
    found = []
    for of, images in pictures.items():
        seen = read_attributes(judge(images))
        found += [
            Measurement(
                f"{metric}_accuracy_{name}",
                of,
                rate,
                step,
                better=HIGHER,
                details={"pictures": count},
                protocol=about,
            )
            for metric, attributes in wanted.items()
            for name, rate, count in _rates(seen, attributes)
        ]
        difference = np.abs(images.astype(np.float32) - answers).mean()
        found.append(
            Measurement(
                "answer_difference",
                of,
                float(difference),
                step,
                better=LOWER,
                protocol=about,
            )
        )
    return found


def _pixels(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def _without(attributes, name):
    return {key: attributes[key] for key in attributes if key != name}


def _rates(seen, wanted):
    """Yields name, rate and count of each attribute, and of all together."""
    accuracies = attribute_accuracy(seen, wanted)
    right = sum(each.rate * each.count for each in accuracies.values())
    count = sum(each.count for each in accuracies.values())
    for name, each in accuracies.items():
        yield name, each.rate, each.count
    yield _ALL, right / count, count
