"""What models that make images of sentences share."""

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import to_uint8
from tfragan.distribution import batch_rows
from tfragan.distribution import on_replicas
from tfragan.models.damsm.damsm_guided_model import DAMSMGuidedModel
from tfragan.models.seeded_noise import seed_list
from tfragan.models.text_to_image.differentiable_augmentation import (
    augmented_images,
)
from tfragan.models.training_model import needed

# The next few, two for each size: one of real images, one of generated.
# Models draw their noise from lower ones.
_AUGMENTATION_STREAM = 10


class TextToImageModel(DAMSMGuidedModel):
    """A generator that reads with a `DAMSM` and may learn from its losses.

    A subclass gives `draw_noise`, `sample`, `image_sizes` and `preset_parts`,
    and what `AdversarialModel` asks for.

    Args:
        loss_terms: see `TrainingModel`.
        damsm: a trained `DAMSM`.
        seed: seed of the noise.

    Call arguments:
        inputs: dict of `token_ids` `(batch, words)` and, if given, `seeds`
            `(batch,)`, by default 0, 1, 2, ...; a training batch will do.

    Attributes:
        image_sizes: sides of the images that training takes, ascending.
        map_name: name of the maps in what `sample` gives, or None: where the
            generator looked, and what its users see of that.
        truncates: whether `sample` takes a `truncation` of its noise.
        augment: how discriminators see images, see `augmented_images`.
    """

    experiment = (
        "tfragan.cli.families.text_to_image_experiment:TextToImageExperiment"
    )
    serving = "tfragan.export.caption_serving:CaptionServing"
    image_sizes: tuple[int, ...] = ()
    map_name: str | None = None
    truncates: bool = False
    augment: str = ""

    def draw_noise(self, seeds, **options):
        """All random numbers of `sample`.

        Args:
            seeds: integer tensor of shape `(batch,)`.
            **options: those of the model that noise depends on.

        Returns:
            Tuple of float32 tensors `(batch, ...)`.
        """
        raise NotImplementedError

    def sample(
        self, token_ids, seeds, text_encoder=None, noise=None, **options
    ):
        """Images of token ids in inference mode, in graph ops.

        Args:
            token_ids: integer tensor of shape `(batch, words)`.
            seeds: integer tensor of shape `(batch,)`.
            text_encoder: by default that of the DAMSM.
            noise: what `draw_noise` gave, in place of `seeds`. Compiled by
                XLA a seed gives other numbers: draw them outside of what is
                compiled.
            **options: those of the model.

        Returns:
            Dict of `image`, float32 `(batch, size, size, 3)` in [-1, 1]; of
            several stages `early_images`, a list of those before, ascending;
            and with `map_name` a list of maps under that name.
        """
        raise NotImplementedError

    def map_shapes(self):
        """Shapes of the maps of one image, tuples without the batch."""
        return []

    def sampling_weights(self):
        """Layers whose weights `sample` uses, beside the text encoder."""
        raise NotImplementedError

    def call(self, inputs, training=False):
        token_ids = needed(inputs, "token_ids")
        seeds = inputs.get("seeds")
        if seeds is None:
            seeds = tf.range(tf.shape(token_ids)[0])
        return self.sample(token_ids, seeds)

    def generate(self, captions, seed=0, batch_size=1):
        """Images of sentences.

        Args:
            captions: list of strings, or one string.
            seed: an int, where caption `i` uses `seed + i`; or a list of
                ints, one a caption.
            batch_size: how many images are made at once, see
                `generate_outputs`.

        Returns:
            uint8 array `(captions, size, size, 3)`.

        Raises:
            ValueError: seeds and captions differ in number.
        """
        return self.generate_outputs(captions, seed, batch_size)["image"]

    def generate_outputs(self, captions, seed=0, batch_size=1, **options):
        """As `generate`, with everything that `sample` gives.

        A `tfragan.text.UnknownWordsWarning` names words of the captions that
        the model does not know, and captions that have no other ones.

        Args:
            captions: list of strings, or one string.
            seed: an int, where caption `i` uses `seed + i`; or a list of
                ints, one a caption.
            batch_size: how many images are made at once, on each replica of
                a strategy whose scope this is called in. More than one is
                faster, but kernels round by the size of a batch, so that a
                pixel may differ by one level from the image made alone.
            **options: those of `sample`.

        Returns:
            Dict of arrays as of `sample`, with uint8 images.

        Raises:
            ValueError: seeds and captions differ in number.
            NotFiniteError: the weights give NaN instead of colors.
        """
        captions = [captions] if isinstance(captions, str) else list(captions)
        seeds = seed_list(seed, len(captions))
        self.tokenizer.warn(captions)
        parts = []
        step = batch_rows(batch_size)
        for start in range(0, len(captions), step):
            part = slice(start, start + step)
            token_ids = self.tokenizer(tf.constant(captions[part]))
            part_seeds = tf.constant(seeds[part], tf.int32)
            outputs = on_replicas(
                self._generate_batch, [token_ids, part_seeds], options
            )
            parts.append(_with_pixels(outputs))
        return tf.nest.map_structure(lambda *part: np.concatenate(part), *parts)

    @tf.function(reduce_retracing=True)
    def _generate_batch(self, token_ids, seeds, options):
        return self.sample(token_ids, seeds, **options)

    def seen_by_discriminator(self, images, index, real, replica, training):
        """Images as the discriminator of one size sees them.

        Args:
            images: `(batch, size, size, 3)` in [-1, 1].
            index: number of the size.
            real: whether these are real ones, for other random numbers.
            replica: the `Replica`.
            training: whether this is a step of training; otherwise they are
                seen as they are.

        Returns:
            Tensor of the same shape.
        """
        if not training:
            return images
        return augmented_images(
            images,
            self.augment,
            self.seed,
            self.global_step.value,
            _AUGMENTATION_STREAM + 2 * index + int(real),
            replica,
        )

    def batch_spec(self, batch_size, max_words=None):
        """What a training batch looks like, see `DAMSM.batch_spec`."""
        return self.damsm.batch_spec(batch_size, self.image_sizes, max_words)


def _with_pixels(outputs):
    """What `sample` gave, its images as uint8."""
    pixels = {"image": to_uint8(outputs["image"])}
    if outputs.get("early_images"):
        pixels["early_images"] = [*map(to_uint8, outputs["early_images"])]
    return {**outputs, **pixels}
