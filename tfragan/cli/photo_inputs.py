"""The photos and guidance of `tfragan edit` and `colorize`, and their flags."""

import dataclasses
import os

import numpy as np

import tfragan
from tfragan.cli import runs
from tfragan.cli.errors import UsageError
from tfragan.cli.file_names import output_names
from tfragan.cli.flags import ONE_AT_A_TIME
from tfragan.cli.flags import Flag
from tfragan.cli.quiet_start import start_tensorflow
from tfragan.place import local_path

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

CAPTION = Flag(
    "strings",
    "a caption; may be repeated, or given without a flag. The name of a file "
    "in its place is that of a photo",
    "TEXT",
    [],
    positional=True,
)
FLAGS = {
    "input": Flag(
        "paths", "photo or folder of photos; may be repeated", "PATH", []
    ),
    "caption": CAPTION,
    "captions_file": None,
    "labels": Flag(
        "strings",
        "for models guided by labels: one of each attribute, by name or id, "
        "with commas between; may be repeated",
        "LABEL,...",
        [],
    ),
    "attention": Flag(
        "boolean",
        "also draw what the words look at, in <output>_attention",
        default=False,
    ),
    "batch_size": ONE_AT_A_TIME,
    "on_bad_item": None,
}


def split(texts):
    """Tells photos from captions where both are given without a flag."""
    paths, captions = [], []
    for text in texts:
        is_named_so = text.lower().endswith(_ENDINGS)
        path = str(local_path(text)) if is_named_so else text
        if os.path.isfile(path):
            paths.append(path)
        elif is_named_so:
            raise UsageError(f"there is no such photo: {text}")
        else:
            captions.append(text)
    return paths, captions


# What guides, to the flags that give it.
_FLAGS = {
    "text": ("caption", "captions_file"),
    "label": ("labels",),
    "image": ("reference",),
}


@dataclasses.dataclass(frozen=True)
class Photos:
    """Images as the model takes them, (n, size, size, 3) uint8.

    `keys` are their names in their folders, `names` those of what becomes of
    them, without endings.
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
    """The model, photos and guidance of `tfragan edit` or `colorize`.

    A model of another kind, and flags out of range, are refused.
    """

    def __init__(self, arguments, supervised):
        arguments.require("workdir")
        arguments.check_at_least(batch_size=1)
        start_tensorflow()
        self._arguments = arguments
        self._config = _config_of(arguments.workdir)
        self.model = _load_model(arguments.workdir, supervised)
        self._paths, self._captions = _split_arguments(arguments)

    def photos(self):
        """The `Photos`, at least one."""
        if not self._paths:
            raise UsageError("a photo is required, such as photo.jpg.")
        return self._read(self._paths)

    def references(self):
        """The images of --reference as `Photos`, None without any."""
        if not self._arguments.reference:
            return None
        return self._read(self._arguments.reference)

    def guidances(self):
        """What the photos are changed by, a list of `Guidance`."""
        from tfragan.cli.captions_in import say_unknown
        from tfragan.cli.families import ragan_held_out

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
                    f"--{_FLAGS[other][0]} is not used by a model that is "
                    f"guided by {model.guidance}."
                )
        if not given[source]:
            raise UsageError(
                f"--{_FLAGS[source][0]} is required: this model is guided by "
                f"{model.guidance}."
            )
        if source == "text":
            say_unknown(self._captions, model.tokenizer)
            return [
                ragan_held_out.caption_guidance(model, text)
                for text in self._captions
            ]
        if source == "label":
            names = self._label_names()
            return [
                ragan_held_out.label_guidance(names, _label_ids(names, text))
                for text in self._arguments.labels
            ]
        references = self.references()
        return [
            ragan_held_out.picture_guidance(model, picture, name)
            for picture, name in zip(
                references.images, references.names, strict=True
            )
        ]

    def _label_names(self):
        """The run's `LabelNames`; a preset by itself knows ids only."""
        if self._config is None:
            return None
        from tfragan.cli.experiment import open_experiment

        return open_experiment(self._config).train.labels

    def _read(self, paths):
        domains = [
            tfragan.data.image_domain(path, self._arguments.on_bad_item)
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
        import tensorflow as tf

        from tfragan.data import image_augmentation

        image, size = tf.constant(image), self.model.image_size
        if self.model.setting.both_ways:
            return image_augmentation.resize_image(image, [size, size]).numpy()
        return image_augmentation.center_square(image, size, "lanczos3").numpy()


def _config_of(workdir):
    try:
        return runs.config_of(workdir)
    except ValueError:
        return None


def _load_model(workdir, supervised):
    preset = runs.preset_of(workdir)
    model_class = runs.model_class_of(workdir)
    if not issubclass(model_class, tfragan.models.RAGAN):
        raise UsageError(
            f"{preset} holds a preset of {model_class.__name__}, which does "
            "not edit or color photos; RAGAN does."
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
    from tfragan.cli.captions_in import read_captions

    photos, captions = split(arguments.caption)
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
