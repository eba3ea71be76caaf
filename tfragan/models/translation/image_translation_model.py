"""Two generators between two domains, and their discriminators."""

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import normalize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.distribution import batch_rows
from tfragan.distribution import current_replica
from tfragan.distribution import on_replicas
from tfragan.models.adversarial_model import AdversarialModel
from tfragan.models.adversarial_model import Fakes
from tfragan.models.preset import PresetError
from tfragan.models.preset import load_parts
from tfragan.models.preset import preset_class
from tfragan.models.preset import read_preset_config
from tfragan.models.training_model import needed
from tfragan.models.training_model import unfold_batch

DOMAINS = ("a", "b")
# From domain A to domain B and back.
DIRECTIONS = ("ab", "ba")


class ImageTranslationModel(AdversarialModel):
    """Base of models that learn from unpaired images of domains A and B.

    `generator_ab` makes images of B out of images of A, `generator_ba` the
    other way round; each discriminator sees real and generated images of one
    domain. Each image goes through the generators once a step. The published
    code computes the translations twice, with the same result.

    A subclass lists the arguments of its networks and calls `_finish` at the
    end of its constructor. It makes networks in `generator_from_config` and in
    `make_discriminators`, where a name is `discriminator_<domain>`, or with
    `_<kind>` after it. And it gives the losses of each domain:
    `consistency_losses`, `domain_generator_losses` and
    `domain_discriminator_losses`. They are reported as `loss/<name>_<domain>`,
    and all are shares of the replica; `replica` and `training` are those of
    `AdversarialModel`.

    Args:
        loss_terms: names of the losses that a step reports.
        image_size: height and width of the training images in pixels.
        seed: seed of all random numbers of training.

    Call arguments:
        inputs: dict of `images_a` and `images_b`, or of one of them, `(batch,
            height, width, 3)` in [-1, 1]; or images of domain A alone. The
            outputs are translations, likewise.

    Attributes:
        has_heat_maps: whether the generators show what they attend to.
        fixed_size: the only size that the generators take, or None.
        critic_steps: updates of the discriminators in a step, each on a part
            of the batch of its own.
        makes_identities: whether images of a domain go through the generator
            into that domain, too.
    """

    experiment = (
        "tfragan.cli.families.translation_experiment:TranslationExperiment"
    )
    serving = "tfragan.export.translation_serving:TranslationServing"
    usual_loss_limit = 1e6
    has_heat_maps = False
    fixed_size = None
    critic_steps = 1
    makes_identities = True

    def __init__(self, loss_terms, image_size, seed=0, **kwargs):
        super().__init__(loss_terms, seed, **kwargs)
        self.image_size = image_size

    def _finish(self):
        """Makes and builds all networks."""
        self.generator_ab = self.make_generator("generator_ab")
        self.generator_ba = self.make_generator("generator_ba")
        self.discriminators = self.make_discriminators()
        for network in self.preset_parts().values():
            network.build()
        self.built = True

    def make_generator(self, name):
        """See `AdversarialModel`; `generator_from_config` makes it."""
        return self.generator_from_config(self.get_config(), name)

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

    @property
    def generators(self):
        return {
            "generator_ab": self.generator_ab,
            "generator_ba": self.generator_ba,
        }

    def generator_of(self, direction):
        """The generator of a direction, `"ab"` or `"ba"`."""
        check_direction(direction)
        return getattr(self, f"generator_{direction}")

    def discriminators_of(self, domain):
        """The discriminators of a domain, `"a"` or `"b"`.

        Returns:
            Dict of kind, such as `"global"`, to network; of kind `"patch"` if
            there is one.
        """
        start = f"discriminator_{domain}"
        return {
            name[len(start) :].lstrip("_") or "patch": network
            for name, network in self.discriminators.items()
            if name.startswith(start)
        }

    def updates_per_step(self, role):
        return self.critic_steps if role == "discriminator" else 1

    def preset_parts(self):
        return {**self.generators, **self.discriminators}

    def train_step(self, batch):
        replica = current_replica()
        first, *others = _parts(unfold_batch(batch), self.critic_steps)
        losses = self.update_networks(first, {}, replica)
        for part in others:
            passes = self.translate_both_ways(
                part, training=True, fakes_only=True
            )
            self.update_discriminators(
                part, Fakes(_fake_images(passes)), {}, replica
            )
        return self.report_losses(losses, replica)

    def make_fakes(self, batch, condition, replica, training):
        passes = self.translate_both_ways(batch, training)
        losses = {}
        for domain in DOMAINS:
            real = batch[f"images_{domain}"]
            terms = self.consistency_losses(
                domain, real, passes[domain], replica
            )
            losses |= _named(terms, domain)
        cost = _sum_of(losses, "consistency")
        return Fakes(_fake_images(passes), losses, cost)

    def discriminator_losses(self, batch, fakes, condition, replica, training):
        images = fakes.images
        if training:
            images = self.images_for_discriminators(images, replica)
        losses = {}
        for domain in DOMAINS:
            terms = self.domain_discriminator_losses(
                domain,
                batch[f"images_{domain}"],
                tf.stop_gradient(images[domain]),
                replica,
                training,
            )
            losses |= _named(terms, domain)
        losses["discriminator_loss"] = _sum_of(losses, "discriminator")
        return losses

    def generator_losses(self, batch, fakes, condition, replica, training):
        losses = {}
        for domain in DOMAINS:
            terms = self.domain_generator_losses(
                domain, fakes.images[domain], replica, training
            )
            losses |= _named(terms, domain)
        losses["generator_loss"] = _sum_of(losses, "adversarial")
        return losses

    def images_for_discriminators(self, images, replica):
        """The generated images that the discriminators learn from.

        Args:
            images: dict of domain to images.

        Returns:
            A dict of the same form.
        """
        del replica
        return images

    def consistency_losses(self, domain, real, passes, replica):
        """What no discriminator sees: cycles and identities.

        Args:
            domain: `"a"` or `"b"`.
            real: its images.
            passes: see `translate_both_ways`, of this domain.

        Returns:
            Dict of losses, their weighted sum under `"consistency"`.
        """
        raise NotImplementedError

    def domain_generator_losses(self, domain, fake, replica, training):
        """What the generator into a domain learns from its discriminators.

        Args:
            domain: `"a"` or `"b"`.
            fake: the generated images.

        Returns:
            Dict of losses, their weighted sum under `"adversarial"`.
        """
        raise NotImplementedError

    def domain_discriminator_losses(
        self, domain, real, fake, replica, training
    ):
        """What the discriminators of a domain learn from.

        Args:
            domain: `"a"` or `"b"`.
            real: its images.
            fake: generated images.

        Returns:
            Dict of losses, their weighted sum under `"discriminator"`.
        """
        raise NotImplementedError

    def translate_both_ways(self, batch, training, fakes_only=False):
        """Translations, identities and cycles of a batch.

        Args:
            batch: dict of `images_a` and `images_b`.
            fakes_only: whether translations are enough.

        Returns:
            Dict of domain to a dict of what the generator *into* that domain
            made: of `fake` (out of the other domain), `identity` (out of the
            domain itself) and `cycle` (out of its translation), with
            `fake_logit` and `identity_logit` where the generator has an
            attention.
        """
        sources = {domain: batch[f"images_{domain}"] for domain in DOMAINS}
        identities = self.makes_identities and not fakes_only
        into = _with_identities if identities else _fakes_alone
        ways = (
            ("a", "b", self.generator_ba),
            ("b", "a", self.generator_ab),
        )
        passes = {
            domain: into(generator, sources[other], sources[domain], training)
            for domain, other, generator in ways
        }
        if fakes_only:
            return passes
        for domain, other, generator in ways:
            fake = passes[other]["fake"]
            passes[domain]["cycle"] = generator(fake, training=training)[
                "image"
            ]
        return passes

    def call(self, inputs, training=False):
        if not isinstance(inputs, dict):
            return self.generator_ab(inputs, training=training)["image"]
        translated = {}
        for source, target in (("a", "b"), ("b", "a")):
            if f"images_{source}" in inputs:
                generator = self.generator_of(source + target)
                outputs = generator(
                    inputs[f"images_{source}"], training=training
                )
                translated[f"images_{target}"] = outputs["image"]
        return translated or needed(inputs, "images_a")

    def compared_images(self, batch, made):
        return batch["images_b"], made.images["b"]

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


def _parts(batch, count):
    """The batch cut into equal parts, list of dicts."""
    if count == 1:
        return [batch]
    parts = {name: tf.split(value, count) for name, value in batch.items()}
    return [
        {name: values[index] for name, values in parts.items()}
        for index in range(count)
    ]


def _named(terms, domain):
    """The terms under the names of reports, `loss/<name>_<domain>`."""
    return {f"loss/{name}_{domain}": value for name, value in terms.items()}


def _sum_of(losses, name):
    return tf.add_n([losses[f"loss/{name}_{domain}"] for domain in DOMAINS])


def _fake_images(passes):
    return {domain: passes[domain]["fake"] for domain in DOMAINS}


def _fakes_alone(generator, others, own, training):
    del own
    outputs = generator(others, training=training)
    passes = {"fake": outputs["image"]}
    if "cam_logit" in outputs:
        passes["fake_logit"] = outputs["cam_logit"]
    return passes


def _with_identities(generator, others, own, training):
    """Translations and identities in one call: samples do not mix."""
    outputs = generator(tf.concat([others, own], 0), training=training)
    fake, identity = tf.split(outputs["image"], 2)
    passes = {"fake": fake, "identity": identity}
    if "cam_logit" in outputs:
        logits = tf.split(outputs["cam_logit"], 2)
        passes["fake_logit"], passes["identity_logit"] = logits
    return passes


def check_direction(direction):
    """Refuses what is no direction.

    Raises:
        ValueError: unless it is "ab" or "ba".
    """
    if direction not in DIRECTIONS:
        raise ValueError(
            f'direction must be "ab" or "ba". Received: direction={direction!r}'
        )


def translate_images(
    generator, images, return_heat_maps=False, batch_size=1, size=None
):
    """Translates images with one generator in inference mode.

    Args:
        generator: network from images in [-1, 1] to a dict with `image` and,
            where it has attention, `heat_map`.
        images: uint8 array `(n, height, width, 3)`, or one image without the
            first axis.
        return_heat_maps: whether the attention's heat maps come along.
        batch_size: how many images are translated at once, on each replica
            of a strategy whose scope this is called in. Kernels round by the
            size of a batch, so that a pixel may differ by one level from the
            image translated alone.
        size: the only height and width that the generator takes, or None.

    Returns:
        uint8 array `(n, height, width, 3)`, rounded; with heat maps a tuple
        of it and a float32 array `(n, height / 4, width / 4)`.

    Raises:
        ValueError: the images are not as described, of another size, or the
            generator has no heat maps.
        NotFiniteError: the weights give NaN instead of colors.
    """
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[np.newaxis]
    _check_images(images, size)
    translated, heat_maps = [], []
    step = batch_rows(batch_size)
    for start in range(0, len(images), step):
        part = tf.constant(images[start : start + step])
        outputs = on_replicas(_translate, [part], generator)
        translated.append(to_uint8(outputs["image"], "nearest").numpy())
        if return_heat_maps:
            if "heat_map" not in outputs:
                raise ValueError(
                    f"{generator.name} has no attention, hence no heat maps."
                )
            heat_maps.append(outputs["heat_map"].numpy())
    pixels = np.concatenate(translated)
    if not return_heat_maps:
        return pixels
    return pixels, np.concatenate(heat_maps)[..., 0]


def _check_images(images, size):
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(
            "images must be uint8 of shape (n, height, width, 3). "
            f"Received: {images.dtype} of shape {images.shape}"
        )
    if not len(images):
        raise ValueError("images must hold one image at least. Received: none")
    if size is not None and images.shape[1:3] != (size, size):
        raise ValueError(
            f"This model translates images of {size}x{size} pixels. "
            f"Received: {images.shape[1]}x{images.shape[2]}"
        )


@tf.function(reduce_retracing=True)
def _translate(images, generator):
    return dict(generator(normalize_image(images), training=False))


def check_discriminator_size(shape, smallest):
    """Refuses images that leave a discriminator no logit.

    Args:
        shape: of the images, `(batch, height, width, channels)`; None where a
            side is not known yet.
        smallest: the smallest side that leaves a logit.

    Raises:
        ValueError: for a side that is smaller.
    """
    sides = tuple(shape[1:3])
    if any(side is not None and side < smallest for side in sides):
        raise ValueError(
            "This discriminator needs images of at least "
            f"{smallest} x {smallest} pixels; one of fewer layers takes "
            f"smaller ones. Received: images of {sides[0]} x {sides[1]}"
        )


def load_generator(folder, direction="ab"):
    """Reads one generator of a preset; nothing else takes memory.

    Args:
        folder: a preset of an `ImageTranslationModel`.
        direction: `"ab"` or `"ba"`.

    Returns:
        The generator, built, for `translate_images`.

    Raises:
        PresetError: the folder is incomplete or of a model that translates
            no images.
    """
    check_direction(direction)
    model_class, stored = read_translation_preset(folder)
    name = f"generator_{direction}"
    generator = model_class.generator_from_config(stored["config"], name)
    generator.build()
    load_parts({name: generator}, folder)
    return generator


def read_translation_preset(folder):
    """Reads what a preset is, without its weights.

    Args:
        folder: a preset of an `ImageTranslationModel`.

    Returns:
        The model's class, and the content of `config.json`: `config` holds
        the arguments of the class.

    Raises:
        PresetError: the folder is incomplete or of a model that translates
            no images.
    """
    model_class = preset_class(folder)
    if not issubclass(model_class, ImageTranslationModel):
        raise PresetError(
            f"{folder} holds a preset of {model_class.__name__}, which "
            "translates no images."
        )
    return model_class, read_preset_config(folder, model_class.__name__)
