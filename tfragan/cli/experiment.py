"""From a config to data, models and optimizers: only here configs are read."""

import dataclasses
import pathlib

import keras
import ml_collections
import numpy as np

from tfragan import data as datasets
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli import optimizers
from tfragan.cli.errors import UsageError
from tfragan.cli.run_folder import preset_of
from tfragan.cli.similar import did_you_mean
from tfragan.cli.vocabulary_file import read_vocabulary
from tfragan.models.damsm.efficientnet_image_encoder import (
    EfficientNetImageEncoder,
)
from tfragan.models.damsm.inception_image_encoder import InceptionImageEncoder
from tfragan.models.damsm.small_image_encoder import SmallImageEncoder
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary
from tfragan.text import load_word_vectors

_UNTRAINED = "untrained:"
_IMAGE_ENCODERS = {
    "small": SmallImageEncoder,
    "inception_v3": InceptionImageEncoder,
    "efficientnet_lite0": EfficientNetImageEncoder,
}
_POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class Experiment:
    """What a config describes, built.

    Attributes:
        config: the config.
        model: the compiled `DAMSM` or `AttnGAN`.
        train: `CaptionedImages` to train on.
        test: `CaptionedImages` held out.
        steps_per_epoch: whole batches in the training images.
        steps: how many steps the training takes in all.
        image_sizes: sides of the images of a batch.
    """

    config: ml_collections.ConfigDict
    model: models.DAMSM | models.AttnGAN
    train: datasets.CaptionedImages
    test: datasets.CaptionedImages
    steps_per_epoch: int
    steps: int
    image_sizes: tuple

    @property
    def damsm(self):
        """The DAMSM, which is the model itself or judges it."""
        return getattr(self.model, "damsm", self.model)

    def batch_options(self):
        """Keyword arguments of `CaptionedImages.batches` for this model."""
        data = self.config.data
        return {
            "tokenizer": self.model.tokenizer,
            "image_sizes": self.image_sizes,
            "max_words": data.max_words or None,
            "crop": data.crop,
            "flip": data.flip and self.train.mirrored_fits,
            "seed": self.config.seed,
        }


def build(config):
    """Opens the data and builds and compiles the model, in this scope.

    Args:
        config: the resolved config.

    Returns:
        An `Experiment`.

    Raises:
        UsageError: for a value that does not exist.
        ValueError: from the data or model at fault.
    """
    _set_precision(config.precision)
    train, test = open_splits(config)
    if config.model == "damsm":
        tokenizer = make_tokenizer(config, [train, test])
        model = make_damsm(config, tokenizer)
        side = config.data.image_size or config.image_encoder.image_size
        sizes = (side,)
    elif config.model == "attngan":
        model = make_attngan(config, [train, test])
        sizes = model.image_sizes
    else:
        raise UsageError(
            f"config.model={config.model}: there is no such model."
            f"{did_you_mean(config.model, ['damsm', 'attngan'])}"
        )
    train, test = (
        datasets.with_known_words(
            part, model.tokenizer, config.data.on_bad_item
        )
        for part in (train, test)
    )
    per_epoch = train.steps_per_epoch(config.batch_size)
    optimizers.compile_model(model, config, per_epoch)
    return Experiment(
        config,
        model,
        train,
        test,
        per_epoch,
        total_steps(config, per_epoch),
        tuple(sizes),
    )


def total_steps(config, steps_per_epoch):
    """How many steps the config asks for.

    Raises:
        UsageError: unless exactly one of `steps` and `epochs` is given.
    """
    if min(config.steps, config.epochs) != 0 or config.steps == config.epochs:
        raise UsageError(
            "one of config.steps and config.epochs must be positive and the "
            f"other 0. Received: steps={config.steps}, epochs={config.epochs}"
        )
    return config.steps or config.epochs * steps_per_epoch


def point_to_data(config, arguments):
    """Moves flags about the data into the config.

    Args:
        config: the resolved config, changed in place.
        arguments: the parsed command line.
    """
    if arguments.data:
        config.data.source = arguments.data
        config.data.layout = "auto"
    if "layout" in arguments.given:
        config.data.layout = arguments.layout


def open_split(config, split):
    """A split of the config's data set, as `CaptionedImages`."""
    data = config.data
    if not data.source:
        raise UsageError("--data is required: the config names no data set.")
    return datasets.open_dataset(
        data.source, split, layout=data.layout, on_bad_item=data.on_bad_item
    )


def open_splits(config):
    """The images to train on and those held out."""
    return (
        open_split(config, config.data.train_split),
        open_split(config, config.data.test_split),
    )


def make_tokenizer(config, splits):
    """The tokenizer of a DAMSM's config.

    Args:
        config: the config of a DAMSM.
        splits: `CaptionedImages` whose captions make the vocabulary where
            neither the config nor the data folder has one. As published,
            that includes the captions of the test images.

    Returns:
        A `CaptionTokenizer`.
    """
    settings = config.tokenizer
    vocabulary = _stored_vocabulary(config)
    if vocabulary is None:
        captions = [text for split in splits for text in split.captions()]
        vocabulary = Vocabulary.from_captions(
            captions,
            kind=settings.kind,
            max_size=settings.max_size or None,
            min_count=settings.min_count,
        )
    elif vocabulary.kind != settings.kind:
        raise UsageError(
            f"config.tokenizer.kind={settings.kind}: the vocabulary is of "
            f"kind {vocabulary.kind}."
        )
    return CaptionTokenizer(vocabulary, max_words=settings.max_words)


def _stored_vocabulary(config):
    if config.tokenizer.vocabulary:
        return read_vocabulary(config.tokenizer.vocabulary)
    if (pathlib.Path(config.data.source) / "manifest.json").is_file():
        return datasets.prepared_vocabulary(config.data.source)
    return None


def make_damsm(config, tokenizer):
    """An untrained `DAMSM`, with the pretrained parts that the config names.

    Args:
        config: the config of a DAMSM.
        tokenizer: the `CaptionTokenizer`.

    Returns:
        A `DAMSM`.
    """
    keras.utils.set_random_seed(config.seed)
    encoder = config.image_encoder
    if encoder.kind not in _IMAGE_ENCODERS:
        raise UsageError(
            f"config.image_encoder.kind={encoder.kind}: there is no such "
            f"encoder.{did_you_mean(encoder.kind, _IMAGE_ENCODERS)} The "
            f"encoders are: {', '.join(sorted(_IMAGE_ENCODERS))}."
        )
    options = {"input_size": encoder.image_size}
    if encoder.kind != "small":
        options["weights"] = encoder.weights or None
    try:
        image_encoder = _IMAGE_ENCODERS[encoder.kind](
            embedding_dim=encoder.embedding_dim,
            name="image_encoder",
            **options,
        )
    except Exception as error:
        # Keras has no class of its own for this.
        if not str(error).startswith("URL fetch failure"):
            raise
        raise UsageError(
            f"config.image_encoder.weights={encoder.weights}: the weights "
            "cannot be downloaded; name a local file, or nothing for random "
            "weights."
        ) from error
    damsm = models.DAMSM(
        tokenizer,
        image_encoder,
        seed=config.seed,
        **config.network.to_dict(),
    )
    if config.tokenizer.word_vectors:
        _set_word_vectors(damsm, config.tokenizer.word_vectors, config.seed)
    return damsm


def _set_word_vectors(damsm, source, seed):
    found = load_word_vectors(source, damsm.tokenizer.vocabulary, seed)
    if found.dim != damsm.word_dim:
        raise UsageError(
            f"config.network.word_dim={damsm.word_dim}: the vectors of "
            f"{source} have {found.dim} numbers a word."
        )
    damsm.text_encoder.word_table.embeddings.assign(found.vectors)


def make_attngan(config, splits):
    """An untrained `AttnGAN` around the DAMSM that the config names.

    Args:
        config: the config of an AttnGAN.
        splits: `CaptionedImages`, read for an untrained DAMSM only.

    Returns:
        An `AttnGAN`.
    """
    damsm = _damsm_of(config, splits)
    keras.utils.set_random_seed(config.seed)
    return models.AttnGAN(damsm, seed=config.seed, **config.network.to_dict())


def _damsm_of(config, splits):
    name = config.damsm
    if name.startswith(_UNTRAINED):
        other = config_file.load(name.removeprefix(_UNTRAINED))
        return make_damsm(other, make_tokenizer(other, splits))
    if not name or not pathlib.Path(name).is_dir():
        raise UsageError(
            f"config.damsm={name!r}: there is no such folder; train a DAMSM "
            "with `tfragan train --config=damsm_...` first, or try without "
            "one by --config.damsm=untrained:damsm_emoji."
        )
    return models.DAMSM.from_preset(preset_of(name))


def _set_precision(precision):
    if precision not in _POLICIES:
        raise UsageError(
            f"config.precision={precision}: expected one of "
            f"{', '.join(_POLICIES)}."
        )
    keras.config.set_dtype_policy(precision)


def evaluation_batches(experiment, dataset):
    """One pass over held-out images at the size that DAMSM looks at.

    Args:
        experiment: the `Experiment`.
        dataset: a `CaptionedImages`.

    Returns:
        A `tf.data.Dataset`, see `CaptionedImages.batches`.
    """
    options = experiment.batch_options()
    return dataset.batches(
        min(experiment.config.batch_size, len(dataset)),
        training=False,
        **{**options, "image_sizes": experiment.image_sizes[-1:]},
    )


def to_pixels(images):
    """Images in [-1, 1] as uint8, rounded.

    Args:
        images: float tensor of any shape.

    Returns:
        uint8 array of the same shape.
    """
    pixels = np.round((np.asarray(images) + 1.0) * 127.5)
    return np.clip(pixels, 0, 255).astype(np.uint8)
