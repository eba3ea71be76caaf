"""From a split of images to the batches that `fit` takes."""

import tensorflow as tf

from tfragan.choice import check_choice
from tfragan.data import image_augmentation
from tfragan.data import sample_choice
from tfragan.data.encoded_image_reader import EncodedImageReader
from tfragan.data.framing import framing_of

CROPS = ("random", "center", "full")


def image_batches(
    dataset,
    batch_size,
    image_sizes=(64,),
    tokenizer=None,
    seed=0,
    training=True,
    start_step=0,
    num_shards=1,
    shard_index=0,
    max_words=None,
    caption_index=0,
    flip=True,
    crop="random",
    framing=None,
    near_misses=0,
):
    """Batches of image pyramids with captions, labels and inputs.

    In training the stream is endless, and batch k is a function of `seed` and
    k alone: each epoch visits every image, or pair, once in a new order (up
    to the last incomplete batch), with a random caption, crop and mirroring,
    and of a caption longer than `max_words` a random subset of its words in
    order. The input of a pair is cropped and mirrored like its target. Images
    without random crop or flip are the same in each epoch.

    After `dataset.choose_captions("every")` an epoch visits every caption
    with a known word once, each with its image, in place of every image.

    With a tokenizer, samples of a global batch are sorted by number of words,
    most first. With `num_shards` workers each gets its contiguous part of
    that same batch, so that together they see what one worker would see.

    Out of training it is one pass in the order of the data set: center crop,
    no mirroring, caption number `caption_index`, its first `max_words` words,
    unsorted, with a smaller batch at the end.

    Args:
        dataset: a `CaptionedImages`, `LabelledImages` or `PairedImages`.
        batch_size: samples of a global batch, over all shards.
        image_sizes: ascending sides of the image pyramid in pixels.
        tokenizer: a `tfragan.text.CaptionTokenizer`, or `None` for batches
            without captions, one an image, whatever captions there are.
        seed: seed of all random choices.
        training: whether to shuffle, augment and repeat.
        start_step: step to begin at; gives exactly what a stream that began
            at 0 gives from this step on.
        num_shards: number of workers that share each global batch.
        shard_index: which of them this one is.
        max_words: words of a caption; `None` takes the tokenizer's.
        caption_index: which caption to take out of training; images with
            fewer begin again from their first.
        flip: whether to mirror images in training, with probability 1/2.
        crop: "random" resizes the shorter side to the largest size with a
            margin and crops at random in training, at the center otherwise;
            "center" always crops that at the center; "full" resizes the
            shorter side to the largest size, so that nothing of it is lost.
        framing: "attngan" crops to 3/4 of the longer side of a box to each
            side of its center, and takes a margin of 76/64, bilinear;
            "ragan" crops to 9/10 and takes 286/256, Lanczos; or another
            `tfragan.data.Framing`. `None` is "attngan" for captioned images,
            else "ragan". Prepared images keep the crop to the box that they
            were stored with, that of "attngan".
        near_misses: with how many captions that are wrong by a word each
            comes, see `tfragan.data.near_misses`.

    Returns:
        `tf.data.Dataset` of dicts, with b = batch_size / num_shards:

        - `images`: tuple of float32 (b, size, size, 3) in [-1, 1], of pairs
          the targets.
        - `sample_ids`: int64 (b,), index into `dataset.items`.
        - `inputs`: of pairs, float32 (b, size, size, 3) of the largest size.
        - `label_ids`: where there are labels, int32 (b, attributes), numbered
          through.
        - `token_ids`: int32 (b, max_words), padded with 0; this and the
          following with a tokenizer.
        - `near_miss_ids`: with `near_misses`, int32
          (b, near_misses, max_words); rows that equal those of `token_ids`
          are of captions that have none.
        - `class_ids`: int32 (b,).
        - `caption_ids`: int32 (b,), index into the item's captions.

    Raises:
        ValueError: An argument is out of range, an epoch is smaller than a
            batch, the data set was prepared for smaller images, there are no
            captions for the tokenizer, or an image has none with a known
            word.

    Reference:
        Xu et al., "AttnGAN", https://arxiv.org/abs/1711.10485, published
        code: sorting, caption subsets, crops and pyramid.
    """
    framer = Framer(
        image_sizes,
        dataset.published_framing if framing is None else framing,
        crop,
        flip,
        training,
    )
    _check_images(dataset, framer.image_sizes)
    choose = _chooser(
        dataset,
        tokenizer,
        seed,
        max_words=max_words,
        training=training,
        caption_index=caption_index,
        near_misses=near_misses,
    )
    _check_stream(dataset, batch_size, choose.num_samples, training, start_step)
    part = part_of_shard(batch_size, num_shards, shard_index)
    stream, steps = _sample_stream(
        choose.num_samples, batch_size, seed, start_step, part, training
    )

    def choose_part(step, samples):
        return tf.nest.map_structure(
            lambda rows: rows[part], choose(step, samples)
        )

    return load_batches(
        stream.map(choose_part, num_parallel_calls=tf.data.AUTOTUNE),
        _SampleLoader(dataset, framer),
        part.stop - part.start,
        steps,
        drop_remainder=training,
    )


def _chooser(dataset, tokenizer, seed, **options):
    """What chooses samples, and with a tokenizer their captions."""
    if tokenizer is None:
        return sample_choice.ImageChooser(len(dataset), seed)
    if not dataset.has_captions:
        raise ValueError(
            f"The {dataset.sample_kind} of {dataset.name!r} have no captions "
            "for the `tokenizer`."
        )
    return sample_choice.CaptionChooser(
        dataset, tokenizer, seed=seed, **options
    )


def _sample_stream(samples, batch_size, seed, start_step, part, training):
    """The samples of each global batch, and in how many steps they come."""
    if training:
        stream = sample_choice.training_stream(
            samples, batch_size, seed, start_step
        )
        return stream, tf.data.INFINITE_CARDINALITY
    stream = sample_choice.evaluation_stream(samples, batch_size, start_step)
    # The last batch is shorter, and may hold nothing for this shard.
    batches = -(-(samples - part.start) // batch_size)
    return stream, max(0, max(0, batches) - start_step)


def part_of_shard(batch_size, num_shards, shard_index):
    """The `slice` of each global batch that is one worker's, contiguous."""
    if not 0 <= shard_index < num_shards or batch_size % num_shards:
        raise ValueError(
            "`num_shards` must divide `batch_size`, and `shard_index` be "
            f"from 0 to `num_shards` - 1. Received: batch_size={batch_size}, "
            f"num_shards={num_shards}, shard_index={shard_index}"
        )
    size = batch_size // num_shards
    return slice(shard_index * size, (shard_index + 1) * size)


def load_batches(choices, load, batch_size, steps, drop_remainder=True):
    """Loads the chosen samples one by one, in parallel, and batches them.

    Args:
        choices: `tf.data.Dataset` of dicts of tensors that describe the samples
            of a batch, which is the first axis.
        load: function from the description of one sample to the sample.
        batch_size: samples of a batch.
        steps: number of batches, or `tf.data.INFINITE_CARDINALITY`.
        drop_remainder: whether a smaller batch at the end is left out.

    Returns:
        `tf.data.Dataset` in a fixed order, which no strategy shards on its own.
    """
    batches = (
        choices.unbatch()
        .map(load, num_parallel_calls=tf.data.AUTOTUNE)
        .batch(batch_size, drop_remainder=drop_remainder)
        .apply(tf.data.experimental.assert_cardinality(steps))
        .prefetch(tf.data.AUTOTUNE)
    )
    options = tf.data.Options()
    options.deterministic = True
    # A strategy must not cut the stream on its own: that would take every
    # n-th sample instead of a contiguous part of each global batch.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    return batches.with_options(options)


class Framer:
    """Resizes and crops pictures, and makes image pyramids of them.

    The arguments are as of `image_batches`. Out of training crops are at the
    center, none mirrored.
    """

    def __init__(
        self,
        image_sizes,
        framing="attngan",
        crop="random",
        flip=True,
        training=True,
    ):
        self.image_sizes = tuple(image_sizes)
        self.framing = framing_of(framing)
        self._flip = flip and training
        _check_framing(self.image_sizes, crop)
        self._crop = "center" if crop == "random" and not training else crop

    def crop_to_box(self, image, box):
        """The part around a box, see `image_augmentation.crop_to_box`."""
        return image_augmentation.crop_to_box(
            image, box, self.framing.box_reach
        )

    def sides(self, image):
        """Height and width that a picture is resized to, int32 (2,)."""
        size = self.image_sizes[-1]
        if self._crop != "full":
            size = self.framing.short_side(size)
        return image_augmentation.sides_from_shorter(image, size)

    def square(self, image, sides, seed):
        """The square of a picture, resized to `sides` and maybe mirrored.

        The same seed, int32 (2,), gives the same square.
        """
        size = self.image_sizes[-1]
        top, left, mirrored = image_augmentation.random_window(
            sides, size, seed
        )
        if self._crop != "random":
            top, left = tf.unstack((sides - size) // 2)
        image = image_augmentation.resize_image(
            image,
            sides,
            self.framing.resize_method,
            (top, left, size, size),
        )
        if not self._flip:
            return image
        return image_augmentation.mirror(image, mirrored)

    def pyramid(self, image):
        """The square at all sizes, as a tuple of float32 in [-1, 1]."""
        pyramid = image_augmentation.image_pyramid(image, self.image_sizes)
        return tuple(map(image_augmentation.normalize_image, pyramid))


class _SampleLoader:
    """Replaces the seed of a sample by its images, inputs and labels."""

    def __init__(self, dataset, framer):
        self._framer = framer
        self._images = EncodedImageReader(dataset.items)
        self._boxes = dataset.boxes and tf.constant(
            [box or (0, 0, 0, 0) for box in dataset.boxes], tf.int32
        )
        self._target_half = dataset.target_half
        self._inputs = dataset.inputs and EncodedImageReader(dataset.inputs)
        self._label_ids = dataset.labels and tf.constant(
            [item.label_ids for item in dataset.items], tf.int32
        )

    def __call__(self, sample):
        sample = dict(sample)
        seed = sample.pop("image_seeds")
        sample_id = sample["sample_ids"]
        framer = self._framer
        image = self._images.image(sample_id)
        if self._boxes is not None:
            box = tf.gather(self._boxes, sample_id)
            image = framer.crop_to_box(image, box)
        source = None
        if self._inputs is not None:
            source, image = self._pair(image, sample_id)
        sides = framer.sides(image)
        sample["images"] = framer.pyramid(framer.square(image, sides, seed))
        if source is not None:
            source = framer.square(source, sides, seed)
            sample["inputs"] = image_augmentation.normalize_image(source)
        if self._label_ids is not None:
            sample["label_ids"] = tf.gather(self._label_ids, sample_id)
        return sample

    def _pair(self, image, sample_id):
        """The input and the target."""
        if self._target_half is None:
            return self._inputs.image(sample_id), image
        middle = tf.shape(image)[1] // 2
        left, right = image[:, :middle], image[:, middle:]
        return (left, right) if self._target_half == "right" else (right, left)


def _check_images(dataset, image_sizes):
    prepared = dataset.record_image_size
    if prepared is not None and prepared < image_sizes[-1]:
        raise ValueError(
            f"{dataset.name!r} was prepared for images of {prepared} pixels, "
            "which is less than the largest of `image_sizes`. Received: "
            f"image_sizes={image_sizes}"
        )


def _check_stream(dataset, batch_size, num_samples, training, start_step):
    if batch_size < 1 or start_step < 0:
        raise ValueError(
            "`batch_size` must be at least 1, `start_step` at least 0. "
            f"Received: batch_size={batch_size}, start_step={start_step}"
        )
    if training and batch_size > num_samples:
        raise ValueError(
            f"`batch_size` must be at most the number of {dataset.sample_kind} "
            f"of {dataset.name!r}, {num_samples}. Received: "
            f"batch_size={batch_size}"
        )


def _check_framing(image_sizes, crop):
    ascending = all(
        small < large
        for small, large in zip(image_sizes, image_sizes[1:], strict=False)
    )
    if not image_sizes or image_sizes[0] < 1 or not ascending:
        raise ValueError(
            "`image_sizes` must be positive and ascending. "
            f"Received: image_sizes={image_sizes}"
        )
    check_choice("crop", crop, CROPS)
