"""Whether pictures of avatars show what their sentences say."""

from tfragan.evaluation.measurement import HIGHER
from tfragan.evaluation.measurement import Measurement
from tfragan.metrics.avatar_judge import attribute_accuracy
from tfragan.metrics.avatar_judge import attributes_of
from tfragan.metrics.avatar_judge import read_attributes


def has_attributes(dataset):
    """Whether the sentences of a data set are those of avatars."""
    return dataset.name == "avatars"


def measure_attributes(of, logits, captions, step, about):
    """Attribute accuracies of pictures of sentences, a `Measurement` each.

    `logits` are what an `AvatarJudge` gave of them, and `about` is the protocol
    with that of the judge. Only attributes that a sentence names are measured.
    """
    accuracies = attribute_accuracy(
        read_attributes(logits), [*map(attributes_of, captions)]
    )
    return [
        Measurement(
            f"attribute_accuracy_{name}",
            of,
            found.rate,
            step,
            found.standard_error,
            "standard error",
            HIGHER,
            {"chance": found.chance, "pictures": found.count},
            {
                **about,
                "images": len(captions),
                "statistics": "pictures whose sentence names the attribute",
            },
        )
        for name, found in accuracies.items()
    ]
