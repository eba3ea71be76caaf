"""Two generators between two domains, and who judges them."""

import tensorflow as tf

from tfragan.models.preset import PresetMixin
from tfragan.models.training_model import TrainingModel
from tfragan.models.translation.translate_images import check_direction
from tfragan.models.translation.translate_images import translate_images
from tfragan.models.translation.translation_update import TranslationUpdate


class ImageTranslationModel(PresetMixin, TranslationUpdate, TrainingModel):
    """Base of models that learn from unpaired images of domains A and B.

    `generator_ab` makes images of B out of images of A, `generator_ba` the
    other way round; the discriminators `"a"` judge what claims to be of
    domain A. A subclass lists the arguments of its networks and calls
    `_finish(generators, discriminators)` at the end of its constructor; see
    `TranslationUpdate` for what it says about a training step.

    Args:
        loss_terms: names of the losses that a step reports.
        image_size: height and width of the training images in pixels.
        seed: seed of all random numbers of training.

    Attributes:
        has_heat_maps: whether the generators show what they attend to.
        fixed_size: the only size that the generators take, or None.
    """

    experiment = (
        "tfragan.cli.families.translation_experiment:TranslationExperiment"
    )
    optimizer_names = ("generator_optimizer", "discriminator_optimizer")
    serving = "tfragan.export.translation_serving:TranslationServing"
    has_heat_maps = False
    fixed_size = None

    def __init__(self, loss_terms, image_size, seed=0, **kwargs):
        super().__init__(loss_terms, seed, **kwargs)
        self.image_size = image_size

    def _finish(self, discriminators):
        """Makes the generators and builds all networks.

        Args:
            discriminators: dict of domain to a dict of name to network.
        """
        config = self.get_config()
        self.generator_ab = self.generator_from_config(config, "generator_ab")
        self.generator_ba = self.generator_from_config(config, "generator_ba")
        self.discriminators = discriminators
        for network in self.preset_parts().values():
            network.build()
        self.built = True

    @classmethod
    def generator_from_config(cls, config, name):
        """A generator as this model's config describes it, not yet built.

        Args:
            config: dict, see `get_config`.
            name: name of the network.

        Returns:
            A `keras.Model`.
        """
        raise NotImplementedError

    def preset_parts(self):
        """The networks, whose weights a preset keeps, generators first."""
        networks = [self.generator_ab, self.generator_ba]
        for judges in self.discriminators.values():
            networks += judges.values()
        return {network.name: network for network in networks}

    def generator_of(self, direction):
        """The generator of a direction, `"ab"` or `"ba"`."""
        check_direction(direction)
        return getattr(self, f"generator_{direction}")

    def published_optimizer(self, **changes):
        """A new optimizer as the published code sets it.

        Args:
            **changes: arguments of the optimizer that are to differ, such as
                `learning_rate`.

        Returns:
            A Keras optimizer.
        """
        raise NotImplementedError

    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        loss_limit=1e6,
        **kwargs,
    ):
        """Sets the optimizers.

        Args:
            generator_optimizer: one for both generators, by default as
                published.
            discriminator_optimizer: one for all discriminators, by default
                the same.
            loss_limit: see `TrainingModel.compile`.
            **kwargs: see `TrainingModel.compile`.
        """
        super().compile(loss_limit=loss_limit, **kwargs)
        self.generator_optimizer = (
            generator_optimizer or self.published_optimizer()
        )
        self.discriminator_optimizer = (
            discriminator_optimizer or self.published_optimizer()
        )
        self.generator_optimizer.build(self.generator_variables())
        self.discriminator_optimizer.build(self.discriminator_variables())

    def generator_variables(self):
        """What the generators' optimizer moves."""
        return [
            *self.generator_ab.trainable_variables,
            *self.generator_ba.trainable_variables,
        ]

    def discriminator_variables(self):
        """What the discriminators' optimizer moves."""
        return [
            variable
            for judges in self.discriminators.values()
            for network in judges.values()
            for variable in network.trainable_variables
        ]

    def call(self, inputs, training=False):
        return {
            "images_b": self.generator_ab(inputs["images_a"])["image"],
            "images_a": self.generator_ba(inputs["images_b"])["image"],
        }

    def translate(
        self, images, direction="ab", return_heat_maps=False, batch_size=1
    ):
        """Translates images into the other domain.

        Args:
            images: uint8 array `(n, height, width, 3)`.
            direction: `"ab"` from domain A to B, `"ba"` from B to A.
            return_heat_maps: whether the attention's heat maps come along.
            batch_size: how many are translated at once, see
                `translate_images`.

        Returns:
            uint8 array of the same shape; with heat maps a tuple of it and a
            float32 array `(n, height / 4, width / 4)`.

        Raises:
            ValueError: the images are of another type or size, or there are
                no heat maps.
        """
        return translate_images(
            self.generator_of(direction),
            images,
            return_heat_maps,
            batch_size,
            self.fixed_size,
        )

    def batch_spec(self, batch_size):
        """What a training batch looks like.

        Args:
            batch_size: images of each domain.

        Returns:
            Dict of `tf.TensorSpec`.
        """
        shape = (batch_size, self.image_size, self.image_size, 3)
        return {
            name: tf.TensorSpec(shape, tf.float32, name)
            for name in ("images_a", "images_b")
        }

    def checkpoint_items(self):
        return {**super().checkpoint_items(), **self.preset_parts()}
