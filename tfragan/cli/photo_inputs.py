"""Photos and what they are changed by, as a command line gives them."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfragan import data as datasets
from tfragan.cli import photo_flags
from tfragan.cli import runs
from tfragan.cli.captions_in import read_captions
from tfragan.cli.errors import UsageError
from tfragan.cli.experiment import open_experiment
from tfragan.cli.families.ragan_held_out import caption_guidance
from tfragan.cli.families.ragan_held_out import label_guidance
from tfragan.cli.families.ragan_held_out import picture_guidance
from tfragan.cli.file_names import output_names
from tfragan.data.image_augmentation import center_square
from tfragan.data.image_augmentation import resize_image
from tfragan.models import RAGAN

# What guides, to the flags that give it.
_FLAGS = {
    "text": ("caption", "captions_file"),
    "label": ("labels",),
    "image": ("reference",),
}


@dataclasses.dataclass(frozen=True)
class Photos:
    """Images as the model takes them.

    Attributes:
        keys: list of str, their names in their folders.
        names: list of str, names of what becomes of them, without endings.
        images: (n, size, size, 3) uint8.
    """

    keys: list
    names: list
    images: np.ndarray

    def repeated(self, times):
        """All of them several times over, as new `Photos`."""
        return Photos(
            self.keys * times,
            self.names * times,
            np.concatenate([self.images] * times),
        )


class PhotoInputs:
    """The model of a command line, its photos and its guidance.

    Args:
        arguments: the parsed command line of `tfragan edit` or `colorize`.
        supervised: whether the model has to be.

    Raises:
        UsageError: for a model of another kind.
    """

    def __init__(self, arguments, supervised):
        self._arguments = arguments
        self._config = _config_of(arguments.workdir)
        self.model = _load_model(arguments.workdir, supervised)
        self._paths, self._captions = _split_arguments(arguments)

    def photos(self):
        """The photos.

        Raises:
            UsageError: there is none.
            ValueError: one cannot be read.
        """
        if not self._paths:
            raise UsageError("a photo is required, such as photo.jpg.")
        return self._read(self._paths)

    def references(self):
        """The images of --reference as `Photos`, None without any."""
        if not self._arguments.reference:
            return None
        return self._read(self._arguments.reference)

    def guidances(self):
        """What the photos are changed by.

        Returns:
            List of `Guidance`.

        Raises:
            UsageError: it is missing, or for another kind of model.
        """
        model, source = self.model, self.model.setting.source
        given = {
            "text": self._captions,
            "label": self._arguments.labels,
            "image": self._arguments.reference,
        }
        for other, values in given.items():
            background = other == "image" and model.encoder is not None
            if other != source and values and not background:
                raise UsageError(
                    f"--{_FLAGS[other][0]} says nothing to a model that is "
                    f"guided by {model.guidance}."
                )
        if not given[source]:
            raise UsageError(
                f"--{_FLAGS[source][0]} is required: this model is guided by "
                f"{model.guidance}."
            )
        if source == "text":
            return [caption_guidance(model, text) for text in self._captions]
        if source == "label":
            names = self._label_names()
            return [
                label_guidance(names, _label_ids(names, text))
                for text in self._arguments.labels
            ]
        references = self.references()
        return [
            picture_guidance(model, picture, name)
            for picture, name in zip(
                references.images, references.names, strict=True
            )
        ]

    def _label_names(self):
        """The run's `LabelNames`; a preset by itself knows ids only."""
        if self._config is None:
            return None
        return open_experiment(self._config).train.labels

    def _read(self, paths):
        domains = [
            datasets.image_domain(path, self._arguments.on_bad_item)
            for path in paths
        ]
        keys = [key for domain in domains for key in domain.keys]
        images = [
            self._prepared(domain.image(place))
            for domain in domains
            for place in range(len(domain))
        ]
        return Photos(keys, output_names(keys), np.stack(images))

    def _prepared(self, image):
        """A square, as the SavedModel makes it."""
        image, size = tf.constant(image), self.model.image_size
        if self.model.setting.both_ways:
            return resize_image(image, [size, size]).numpy()
        return center_square(image, size, "lanczos3").numpy()


def _config_of(workdir):
    try:
        return runs.config_of(workdir)
    except UsageError:
        return None


def _load_model(workdir, supervised):
    preset = runs.preset_of(workdir)
    model_class = runs.model_class_of(workdir)
    if not issubclass(model_class, RAGAN):
        raise UsageError(
            f"{preset} holds a preset of {model_class.__name__}, which does "
            "not change photos as it is told; RAGAN does."
        )
    model = model_class.from_preset(preset)
    if model.setting.supervised != supervised:
        verb = "edit" if supervised else "colorize"
        kind = "unsupervised" if supervised else "supervised"
        raise UsageError(
            f"{preset} holds a RAGAN that is {kind}: take `tfragan {verb}`."
        )
    return model


def _split_arguments(arguments):
    """The paths of the photos, and the captions."""
    photos, captions = photo_flags.split(arguments.caption)
    paths = [*arguments.input, *photos]
    if arguments.captions_file:
        captions += read_captions(arguments.captions_file)
    return paths, captions


def _label_ids(names, text):
    """The ids of labels with commas between, see `LabelNames.ids_of`."""
    parts = [part.strip() for part in text.split(",")]
    known = () if names is None else sum(names.names, ())
    labels = [
        int(part) if part.isdigit() and part not in known else part
        for part in parts
    ]
    if names is not None:
        return names.ids_of(labels)
    if not all(isinstance(label, int) for label in labels):
        raise UsageError(
            f"--labels={text}: a preset by itself knows the ids of labels "
            "only; name the run folder that it came from."
        )
    return tuple(labels)
