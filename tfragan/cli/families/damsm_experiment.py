"""DAMSM out of a config."""

import keras
from ml_collections import ConfigDict

from tfragan import callbacks
from tfragan import data as datasets
from tfragan import models
from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.cli.experiment import model_class_of
from tfragan.cli.families.caption_experiment import CaptionExperiment
from tfragan.cli.runs import vocabulary_of
from tfragan.place import local_path
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary
from tfragan.text import load_word_vectors
from tfragan.text import read_vocabulary

_IMAGE_ENCODERS = {
    "small": models.SmallImageEncoder,
    "inception_v3": models.InceptionImageEncoder,
    "efficientnet_lite0": models.EfficientNetImageEncoder,
}


class DAMSMExperiment(CaptionExperiment):
    """A training of `DAMSM` on pairs of image and caption."""

    @classmethod
    def add_settings(cls, config):
        super().add_settings(config)
        config.image_encoder = encoder = ConfigDict()
        # small, inception_v3 or efficientnet_lite0.
        encoder.kind = "inception_v3"
        encoder.image_size = 299
        encoder.embedding_dim = 256
        # imagenet, a file of weights, or nothing for random weights.
        encoder.weights = "imagenet"

        config.tokenizer = tokenizer = ConfigDict()
        # words, unicode_words or wordpiece.
        tokenizer.kind = "words"
        tokenizer.max_words = 18
        # vocabulary.txt, captions.pickle, or nothing to build it from the
        # data.
        tokenizer.vocabulary = ""
        tokenizer.max_size = 0
        tokenizer.min_count = 1
        # A file of word vectors, the name of a package with them, or nothing.
        tokenizer.word_vectors = ""

        # Multiplied after each epoch until it is below the floor.
        config.optimizer.learning_rate = 2e-3
        config.optimizer.decay_per_epoch = 0.98
        config.optimizer.floor = 2e-4
        config.optimizer.clip_norm = 0.25

    @classmethod
    def shrink(cls, config):
        super().shrink(config)
        config.image_encoder.kind = "small"
        config.image_encoder.image_size = 32
        config.image_encoder.embedding_dim = 16
        config.image_encoder.weights = ""
        config.tokenizer.vocabulary = ""
        config.tokenizer.word_vectors = ""

    def make_model(self):
        tokenizer = make_tokenizer(
            self.config, lambda: [self.train, self.test], self.run
        )
        return make_damsm(self.config, tokenizer)

    def optimizers(self):
        rate = _falling_rate(self.config.optimizer, self.steps_per_epoch)
        adam = self.model.published_optimizer("matching", learning_rate=rate)
        return {
            "optimizer": adam,
            "clip_norm": self.config.optimizer.clip_norm or None,
        }

    @property
    def image_sizes(self):
        config = self.config
        return (config.data.image_size or config.image_encoder.image_size,)

    def batch_spec(self, size):
        return self.model.batch_spec(
            size, self.image_sizes, self.config.data.max_words
        )

    def samplers(self, writer):
        return []

    def evaluations(self, writer):
        near_misses = self.config.data.near_misses
        # R-precision is near 1 long before small things are seen.
        monitor = "near_miss_accuracy" if near_misses else "r_precision"
        return [
            callbacks.PairsRPrecision(
                writer,
                lambda: self.evaluation_batches(self.held_out),
                [item.captions[0] for item in self.held_out.items],
                self.held_out.class_ids(),
                near_misses,
                **self.evaluation_options(),
            ),
            callbacks.BestPreset(writer, monitor),
        ]


def _falling_rate(settings, steps_per_epoch):
    """The published schedule: a factor each epoch until under the floor."""
    rate, rates = settings.learning_rate, [settings.learning_rate]
    if not 0 < settings.decay_per_epoch < 1:
        return rate
    while rate > settings.floor:
        rate *= settings.decay_per_epoch
        rates.append(rate)
    if len(rates) == 1:
        return rate
    boundaries = [steps_per_epoch * epoch for epoch in range(1, len(rates))]
    return keras.optimizers.schedules.PiecewiseConstantDecay(
        [boundary - 1 for boundary in boundaries], rates
    )


def make_tokenizer(config, open_splits, run=None):
    """The `CaptionTokenizer` of a DAMSM's config.

    A run that has a checkpoint keeps its vocabulary, whatever became of the
    data or the file that it was taken from. `open_splits` gives the data whose
    captions make it where neither the config nor the data folder has one; as
    published, that includes the captions of the test images.
    """
    settings = config.tokenizer
    vocabulary = vocabulary_of(run) if run is not None else None
    if vocabulary is None:
        vocabulary = _stored_vocabulary(config)
    if vocabulary is None:
        captions = [
            text for split in open_splits() for text in split.captions()
        ]
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
    if (local_path(config.data.source) / "manifest.json").is_file():
        return datasets.prepared_vocabulary(config.data.source)
    return None


def make_damsm(config, tokenizer):
    """An untrained `DAMSM`, with the pretrained parts that the config names."""
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
    damsm = model_class_of(config)(
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
