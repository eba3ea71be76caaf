"""What guides RAGAN, and the images that it takes in."""

import dataclasses

import tensorflow as tf

from tfragan.distribution import replica_normal

# Of images that are translated into one another.
DOMAINS = 2


@dataclasses.dataclass(frozen=True)
class Setting:
    """One way of guiding the generator.

    Attributes:
        supervised: whether there is a target image for every input.
        source: what the sentence and word embeddings are made of: `"text"`,
            `"label"` or `"image"`.
        code: what is appended to the sentence embedding: nothing, the
            `"background"` code of an image, or the one-hot `"domain"`.
        identity: whether an image with its own guidance should stay itself.
    """

    supervised: bool
    source: str
    code: str = ""
    identity: bool = False

    @property
    def has_encoder(self):
        """Whether an image encoder is trained with the generator."""
        return self.source == "image" or self.code == "background"

    @property
    def conditional(self):
        """Whether the discriminators look at the guidance."""
        return self.source != "image"

    @property
    def both_ways(self):
        """Whether images of two domains go both ways."""
        return self.code == "domain"


_SETTINGS = {
    (False, "text"): Setting(False, "text", identity=True),
    (False, "label"): Setting(False, "label"),
    (False, "image"): Setting(False, "image", "domain"),
    (True, "text"): Setting(True, "text"),
    (True, "label"): Setting(True, "label"),
    (True, "image"): Setting(True, "image"),
    (True, "image_text"): Setting(True, "text", "background"),
    (True, "image_label"): Setting(True, "label", "background"),
}


def find_setting(supervised, guidance):
    """The setting of a pair of arguments.

    Args:
        supervised: whether there is a target image for every input.
        guidance: name of the guidance.

    Returns:
        A `Setting`.

    Raises:
        ValueError: for a pair that does not exist.

    >>> find_setting(True, "image_text").has_encoder
    True
    """
    setting = _SETTINGS.get((bool(supervised), guidance))
    if setting is None:
        kind = "supervised" if supervised else "unsupervised"
        names = [name for flag, name in _SETTINGS if flag == bool(supervised)]
        raise ValueError(
            f"A RAGAN that is {kind} can be guided by {', '.join(names)}. "
            f"Received: guidance={guidance!r}"
        )
    return setting


@dataclasses.dataclass(frozen=True)
class Guidance:
    """Embeddings that guide the generator.

    Attributes:
        sentence: tensor of shape `(batch, embedding_dim)`.
        words: tensor of shape `(batch, words, embedding_dim)`.
        word_mask: boolean tensor of shape `(batch, words)`, true where a word
            is, or None where there is nothing else.
        code: tensor of shape `(batch, code_dim)`, or None.
        class_ids: integer tensor `(batch,)`, the classes that the text is
            about, or None where it is not compared with images.
    """

    sentence: tf.Tensor
    words: tf.Tensor
    word_mask: tf.Tensor | None = None
    code: tf.Tensor | None = None
    class_ids: tf.Tensor | None = None

    def with_code(self, code):
        """The same with a code."""
        return dataclasses.replace(self, code=code)

    def of_next_sample(self, replica):
        """Each sample with what belongs to the next one of the global batch.

        The last sample gets what belongs to the first. As published, captions
        come sorted by length, so that the next has about as many words.

        Args:
            replica: the `Replica`.

        Returns:
            A `Guidance` without a code.

        Raises:
            ValueError: the global batch is known to be a single image.
        """
        if self.sentence.shape[0] == 1 and replica.count == 1:
            raise ValueError(
                "RAGAN needs the guidance of another image: the global batch "
                "must hold 2 images at least. Received: 1"
            )
        mask = self.word_mask
        if mask is not None:
            # Replicas can add up numbers, not booleans.
            mask = _next_rows(tf.cast(mask, tf.float32), replica) > 0.5
        classes = self.class_ids
        if classes is not None:
            classes = _next_rows(classes, replica)
        return Guidance(
            _next_rows(self.sentence, replica),
            _next_rows(self.words, replica),
            mask,
            class_ids=classes,
        )

    def where(self, rows, others):
        """Rows of this guidance, by text, and of another one.

        Args:
            rows: boolean tensor of shape `(batch,)`, true for those of this.
            others: a `Guidance` by text.

        Returns:
            A `Guidance` without a code.
        """
        mask = tf.where(rows[:, None], self.word_mask, others.word_mask)
        return Guidance(
            tf.where(rows[:, None], self.sentence, others.sentence),
            tf.where(rows[:, None, None], self.words, others.words),
            mask,
            class_ids=tf.where(rows, self.class_ids, others.class_ids),
        )


def local_guidance(codes, code=None):
    """Guidance by codes of the parts of an image, in place of words.

    Args:
        codes: tensor of shape `(batch, positions, embedding_dim)`.
        code: see `Guidance`.

    Returns:
        A `Guidance`, whose sentence is the mean of the codes.
    """
    return Guidance(tf.reduce_mean(codes, 1), codes, None, code)


def _next_rows(value, replica):
    batch = tf.shape(value)[0]
    rolled = tf.roll(replica.gather(value), -1, axis=0)
    start = batch * replica.index
    return tf.ensure_shape(rolled[start : start + batch], value.shape)


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


_SMALLEST = 24
# Weights of red, green and blue in a gray level, ITU-R BT.601.
_LUMA = (0.299, 0.587, 0.114)


def check_image_size(image_size):
    """Raises a `ValueError` for a size that networks cannot be made for."""
    if image_size < _SMALLEST or image_size % 4:
        raise ValueError(
            f"image_size must be a multiple of 4, {_SMALLEST} at least. "
            f"Received: image_size={image_size}"
        )


def grayscale(images):
    """Images in gray, as colorization starts from.

    Args:
        images: tensor of shape `(batch, height, width, 3)` in [-1, 1].

    Returns:
        Tensor of shape `(batch, height, width, 1)` in [-1, 1].
    """
    weights = tf.constant(_LUMA, images.dtype)
    return tf.reduce_sum(images * weights, -1, keepdims=True)


def scaled_down(images, sizes):
    """Images at smaller sizes.

    Args:
        images: tensor of shape `(batch, size, size, 3)`.
        sizes: ascending sides; the last is that of the images.

    Returns:
        List of tensors.
    """
    return [
        images
        if size == images.shape[1]
        else tf.image.resize(images, (size, size), antialias=True)
        for size in sizes
    ]
