"""The random numbers of a training step of RAGAN."""

import dataclasses

import tensorflow as tf

from tfragan.distribution import replica_normal


@dataclasses.dataclass(frozen=True)
class Noise:
    """Standard normal numbers of the shape of the images' codes.

    Attributes:
        reference: of the codes of the real images.
        random: the random codes themselves.
        generated: of the codes of the generated images.
    """

    reference: tf.Tensor
    random: tf.Tensor
    generated: tf.Tensor


def draw_noise(shape, batch, domains, seed, step, replica):
    """The noise of a step for this replica.

    Args:
        shape: shape of the codes of one image.
        batch: number of images of this replica, of all domains.
        domains: number of domains, one after the other in the batch.
        seed: see `replica_normal`.
        step: likewise.
        replica: the `Replica`.

    Returns:
        A `Noise`.
    """
    fields = dataclasses.fields(Noise)

    def draw(stream):
        # Domain by domain, so that replicas get the rows of one device.
        rows = [
            replica_normal(
                (batch // domains, *shape),
                seed,
                step,
                len(fields) * domain + stream,
                replica,
            )
            for domain in range(domains)
        ]
        return tf.concat(rows, 0)

    return Noise(**{field.name: draw(at) for at, field in enumerate(fields, 1)})
