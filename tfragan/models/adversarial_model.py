"""The training step that all models with discriminators share."""

import dataclasses
import typing

import keras
import tensorflow as tf

from tfragan.distribution import Replica
from tfragan.distribution import apply_synced
from tfragan.distribution import current_replica
from tfragan.distribution import scaled_loss
from tfragan.models.training_model import TrainingModel
from tfragan.models.training_model import unfold_batch


@dataclasses.dataclass(frozen=True)
class Fakes:
    """What the generators made in a training step.

    Attributes:
        images: nested structure of the images that discriminators see.
        losses: dict of loss name to this replica's share, of what no
            discriminator sees: divergences, cycle consistency.
        cost: this replica's share of the generators' loss for these, a
            scalar; None where there are none.
        guidance: what else the losses of the images depend on, as the model
            likes.
    """

    images: typing.Any
    losses: dict = dataclasses.field(default_factory=dict)
    cost: tf.Tensor | None = None
    guidance: typing.Any = None


class AdversarialModel(TrainingModel):
    """Generators and discriminators, and the step that trains them.

    A step goes as follows; in parentheses what a model gives:

    1. random numbers and embeddings (`prepare_step`);
    2. images, made once and used in both updates (`make_fakes`);
    3. the update of the discriminators (`discriminator_losses`);
    4. the loss of the images by the updated discriminators, and its gradient
       on the images (`generator_losses`);
    5. the update of the generators with it (`update_generators`);
    6. averages and limits of weights (`after_generator_update`).

    All losses are this replica's shares, so that their sum over replicas is
    the loss of the global batch, and gradients are summed up likewise.

    These arguments mean the same in all methods: `batch`, a dict of tensors;
    `condition`, what `prepare_step` gave; `fakes`, the `Fakes` of
    `make_fakes`; `replica`, the `Replica`; `training`, whether this is a step
    of training.

    Attributes:
        generators: dict of name to network, by default the `generator`.
        discriminators: dict of name to network.
        discriminators_first: whether 3 comes before 4, or after 6.
        zero_gradients: whether weights that a loss does not depend on have a
            gradient of zero, by which their optimizer moves them on; otherwise
            they are an error.
    """

    optimizer_roles: tuple[str, ...] = ("generator", "discriminator")
    discriminators_first = True
    zero_gradients = False

    def make_generator(self, name):
        """A generator of the size that the constructor was told.

        A subclass that makes another network here, with the same call, is
        trained, saved and served as this model.

        Args:
            name: name of the network.

        Returns:
            A layer or model, not yet built.
        """
        raise NotImplementedError

    def make_discriminators(self):
        """The discriminators, as `make_generator`.

        Returns:
            Dict of name to layer or model.
        """
        raise NotImplementedError

    def __setattr__(self, name, value):
        replaced = self.__dict__.get(name)
        if (
            isinstance(replaced, keras.Layer)
            and isinstance(value, keras.Layer)
            and getattr(self, "built", False)
        ):
            raise AttributeError(
                f"{name} can't be replaced in a model that is built: make "
                f"another network in the method make_generator or "
                f"make_discriminators of a subclass of {type(self).__name__}."
            )
        super().__setattr__(name, value)

    def check_networks(self):
        """Refuses networks that do not fit the model or each other.

        Raises:
            ValueError: images have other shapes than those of a batch, or a
                network can't be called on what the others give.
        """
        spec = self.batch_spec(2)
        alone = Replica(1, 0)

        def run(batch):
            condition, _ = self.prepare_step(batch, alone, training=False)
            fakes = self.make_fakes(batch, condition, alone, training=False)
            self.discriminator_losses(
                batch, fakes, condition, alone, training=False
            )
            return self.compared_images(batch, fakes)

        step = tf.function(run, autograph=False)
        try:
            outputs = step.get_concrete_function(spec).structured_outputs
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"The networks of {type(self).__name__} do not fit each other: "
                f"{error}"
            ) from error
        real, made = outputs
        if made.shape[1:] != real.shape[1:]:
            raise ValueError(
                f"The generator of {type(self).__name__} makes images of "
                f"{made.shape[1:]}, where it is trained on {real.shape[1:]}."
            )

    def prepare_step(self, batch, replica, training):
        """What a step needs beside the batch; by default nothing.

        In training, encoders learn here.

        Returns:
            The condition, which the other methods take: random numbers and
            embeddings; and a dict of the losses of encoders that have learned
            on the way.
        """
        del batch, replica, training
        return {}, {}

    def make_fakes(self, batch, condition, replica, training):
        """Runs the generators.

        Returns:
            `Fakes`.
        """
        raise NotImplementedError

    def discriminator_losses(self, batch, fakes, condition, replica, training):
        """What the discriminators learn from.

        Returns:
            Dict of loss name to this replica's share, the loss itself under
            `discriminator_loss`.
        """
        raise NotImplementedError

    def generator_losses(self, batch, fakes, condition, replica, training):
        """What the generators learn from their images.

        The caller's tape watches the images.

        Returns:
            Dict of loss name to this replica's share, the loss itself,
            without the cost of the fakes, under `generator_loss`.
        """
        raise NotImplementedError

    def after_generator_update(self):
        """Called when the generators have moved."""

    def train_step(self, batch):
        batch, replica = unfold_batch(batch), current_replica()
        condition, losses = self.prepare_step(batch, replica, training=True)
        losses.update(self.update_networks(batch, condition, replica))
        return self.report_losses(losses, replica)

    def test_step(self, batch):
        batch, replica = unfold_batch(batch), current_replica()
        condition, losses = self.prepare_step(batch, replica, training=False)
        fakes = self.make_fakes(batch, condition, replica, training=False)
        losses |= fakes.losses
        for losses_of in (self.discriminator_losses, self.generator_losses):
            losses |= losses_of(
                batch, fakes, condition, replica, training=False
            )
        further = self.further_losses(batch, fakes, condition, replica)
        losses |= further
        losses["generator_loss"] += sum(further.values())
        if fakes.cost is not None:
            losses["generator_loss"] += fakes.cost
        measured = self.measure(batch, fakes)
        return {**self.report_test_losses(losses, replica), **measured}

    def further_losses(self, batch, fakes, condition, replica):
        """What `update_generators` adds to the losses, for held-out batches.

        Returns:
            Dict of loss name to this replica's share.
        """
        del batch, fakes, condition, replica
        return {}

    def random_step(self, training):
        """What random numbers of a step are drawn from, an integer scalar."""
        return self.global_step.value if training else self.held_out_step()

    def update_networks(self, batch, condition, replica):
        """One update of all networks.

        Returns:
            Dict of loss name to this replica's share.
        """
        # Persistent, for models that take more than one gradient of it.
        with tf.GradientTape(persistent=True) as tape:
            fakes = self.make_fakes(batch, condition, replica, training=True)
            targets = tf.nest.flatten(fakes.images)
            if fakes.cost is not None:
                targets.append(
                    scaled_loss(fakes.cost, self.generator_optimizer)
                )
        losses = dict(fakes.losses)
        if self.discriminators_first:
            losses |= self.update_discriminators(
                batch, fakes, condition, replica
            )
        of_images, upstream = self._gradients_on_images(
            batch, fakes, condition, replica
        )
        losses |= of_images
        if fakes.cost is not None:
            losses["generator_loss"] += fakes.cost
            upstream.append(tf.ones_like(targets[-1]))
        further = self.update_generators(
            tape, targets, upstream, fakes, condition, replica
        )
        for name, value in further.items():
            losses[name] = value
            losses["generator_loss"] += value
        self.after_generator_update()
        if not self.discriminators_first:
            losses |= self.update_discriminators(
                batch, fakes, condition, replica
            )
        return losses

    def update_discriminators(self, batch, fakes, condition, replica):
        """One update of the discriminators.

        Returns:
            Dict of loss name to this replica's share.
        """
        losses, gradients = self.discriminator_gradients(
            batch, fakes, condition, replica
        )
        apply_synced(
            self.discriminator_optimizer,
            gradients,
            self.variables_of("discriminator"),
            replica,
        )
        return losses

    def discriminator_gradients(self, batch, fakes, condition, replica):
        """The losses of `discriminator_losses` and their scaled gradients."""
        variables = self.variables_of("discriminator")
        with tf.GradientTape() as tape:
            losses = self.discriminator_losses(
                batch, fakes, condition, replica, training=True
            )
            loss = losses["discriminator_loss"]
            scaled = scaled_loss(loss, self.discriminator_optimizer)
        return losses, tape.gradient(scaled, variables)

    def _gradients_on_images(self, batch, fakes, condition, replica):
        """The losses of the images and their gradients on the images.

        The weights of discriminators take no gradient here.
        """
        images = tf.nest.flatten(fakes.images)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            losses = self.generator_losses(
                batch, fakes, condition, replica, training=True
            )
            loss = losses["generator_loss"]
            scaled = scaled_loss(loss, self.generator_optimizer)
        return losses, tape.gradient(scaled, images)

    def update_generators(
        self, tape, targets, upstream, fakes, condition, replica
    ):
        """One update of the generators.

        Args:
            tape: the tape that `make_fakes` ran under.
            targets: list of what it made: the images, and any scaled cost.
            upstream: list of the scaled gradients on these.

        Returns:
            Dict of further losses, parts of `generator_loss`.
        """
        del fakes, condition
        variables = self.variables_of("generator")
        gradients = self.gradients(tape, targets, variables, upstream)
        apply_synced(self.generator_optimizer, gradients, variables, replica)
        return {}

    def gradients(self, tape, targets, variables, upstream):
        """Gradients of targets, see `zero_gradients`."""
        gradients = tape.gradient(targets, variables, upstream)
        if not self.zero_gradients:
            return gradients
        return [
            tf.zeros_like(variable.value) if gradient is None else gradient
            for gradient, variable in zip(gradients, variables, strict=True)
        ]

    def variables_of(self, role):
        networks = {
            "generator": self.generators,
            "discriminator": self.discriminators,
        }[role]
        return [
            variable
            for network in networks.values()
            for variable in network.trainable_variables
        ]

    @property
    def generators(self):
        return {"generator": self.generator}

    def compared_images(self, batch, made):
        return batch["images"][-1], tf.nest.flatten(made.images)[-1]
