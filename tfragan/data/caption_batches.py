"""From a data set of captioned images to the batches that `fit` takes."""

import tensorflow as tf

from tfragan.data import global_batches
from tfragan.data import image_augmentation
from tfragan.data import sample_stream
from tfragan.data.caption_table import CaptionTable
from tfragan.data.image_source import ImageSource

CROPS = ("random", "center", "full")

# What a step's seed is folded with for its independent draws.
_CAPTION, _WORDS, _IMAGE = range(3)


def caption_batches(
    dataset,
    batch_size,
    tokenizer,
    image_sizes=(64,),
    seed=0,
    training=True,
    start_step=0,
    num_shards=1,
    shard_index=0,
    max_words=None,
    caption_index=0,
    flip=True,
    crop="random",
):
    """Batches of image pyramids and caption tokens.

    In training the stream is endless, and batch k is a function of `seed` and
    k alone: each epoch visits every image once in a new order (up to the last
    incomplete batch), with a random caption, crop and mirroring, and of a
    caption longer than `max_words` a random subset of its words in order.
    Images without random crop or flip are the same in each epoch.

    After `dataset.choose_captions("every")` an epoch visits every caption
    with a known word once, each with its image, in place of every image.

    Samples of a global batch are sorted by number of words, most first. With
    `num_shards` workers each gets its contiguous part of that same batch, so
    that together they see what one worker would see.

    Out of training it is one pass in the order of the data set: center crop,
    no mirroring, caption number `caption_index`, its first `max_words` words,
    unsorted, with a smaller batch at the end.

    Args:
        dataset: a `CaptionedImages`.
        batch_size: samples of a global batch, over all shards.
        tokenizer: a `tfragan.text.CaptionTokenizer`.
        image_sizes: ascending sides of the image pyramid in pixels.
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
        crop: "random" resizes the shorter side to 76/64 of the largest size
            and crops at random in training, at the center otherwise;
            "center" always crops that at the center; "full" resizes the
            shorter side to the largest size, so that nothing of it is lost.

    Returns:
        `tf.data.Dataset` of dicts, with b = batch_size / num_shards:

        - `images`: tuple of float32 (b, size, size, 3) in [-1, 1].
        - `token_ids`: int32 (b, max_words), padded with 0.
        - `class_ids`: int32 (b,).
        - `sample_ids`: int64 (b,), index into `dataset.items`.
        - `caption_ids`: int32 (b,), index into the item's captions.

    Raises:
        ValueError: An argument is out of range, an epoch is smaller than a
            batch, the data set was prepared for smaller images, or an image
            has no caption with a known word.

    Reference:
        Xu et al., "AttnGAN", https://arxiv.org/abs/1711.10485, published
        code: sorting, caption subsets, crops and pyramid.
    """
    max_words = tokenizer.max_words if max_words is None else max_words
    image_sizes = tuple(image_sizes)
    _check_images(dataset, image_sizes, crop)
    part = global_batches.part_of_shard(batch_size, num_shards, shard_index)
    _check_numbers(start_step, max_words, caption_index)
    chooser = _SampleChooser(
        dataset, tokenizer, max_words, training, seed, caption_index
    )
    num_samples = chooser.num_samples
    _check_batch_size(dataset, batch_size, num_samples, training)
    loader = _ImageLoader(
        dataset,
        image_sizes,
        crop="center" if crop == "random" and not training else crop,
        flip=flip and training,
    )

    def choose(step, samples):
        rows = chooser(step, samples)
        return {name: value[part] for name, value in rows.items()}

    if training:
        stream = sample_stream.training_stream(
            num_samples, batch_size, seed, start_step
        )
        steps = tf.data.INFINITE_CARDINALITY
    else:
        stream = sample_stream.evaluation_stream(
            num_samples, batch_size, start_step
        )
        # The last batch is shorter, and may hold nothing for this shard.
        steps = max(0, -(-(num_samples - part.start) // batch_size))
        steps = max(0, steps - start_step)
    return global_batches.load_batches(
        stream.map(choose, num_parallel_calls=tf.data.AUTOTUNE),
        loader,
        part.stop - part.start,
        steps,
        drop_remainder=training,
    )


class _SampleChooser:
    """Adds captions, classes and seeds to the samples of a global batch.

    A sample is an image, or a row of the caption table where every caption
    has its turn.
    """

    def __init__(
        self, dataset, tokenizer, max_words, training, seed, caption_index
    ):
        self._table = CaptionTable(dataset, tokenizer)
        self._class_ids = tf.constant(
            [item.class_id for item in dataset.items], tf.int32
        )
        self._max_words = max_words
        self._training = training
        self._seed = seed
        self._caption_index = caption_index
        self._every_caption = training and dataset.every_caption
        self.num_samples = len(
            self._table if self._every_caption else dataset.items
        )

    def __call__(self, step, samples):
        seed = sample_stream.step_seed(self._seed, step)

        def seed_for(purpose):
            return tf.random.experimental.stateless_fold_in(
                seed, tf.constant(purpose, tf.int64), alg="philox"
            )

        if self._every_caption:
            rows = samples
        elif self._training:
            rows = self._table.pick_random(samples, seed_for(_CAPTION))
        else:
            rows = self._table.pick(samples, self._caption_index)
        sample_ids = self._table.sample_ids(rows)
        token_ids, lengths = self._table.token_ids(
            rows, self._max_words, seed_for(_WORDS) if self._training else None
        )
        chosen = {
            "token_ids": token_ids,
            "class_ids": tf.gather(self._class_ids, sample_ids),
            "sample_ids": sample_ids,
            "caption_ids": self._table.caption_ids(rows),
            "image_seeds": sample_stream.sample_seeds(
                seed_for(_IMAGE), tf.size(sample_ids)
            ),
        }
        if not self._training:
            return chosen
        order = tf.argsort(lengths, direction="DESCENDING", stable=True)
        return {name: tf.gather(value, order) for name, value in chosen.items()}


class _ImageLoader:
    """Replaces the seed of a sample by its images."""

    def __init__(self, dataset, image_sizes, crop, flip):
        self._source = ImageSource(dataset.items)
        self._image_sizes = image_sizes
        self._crop = crop
        self._flip = flip
        boxes = [item.box for item in dataset.items]
        self._boxes = None
        if not dataset.record_image_ready and any(boxes):
            self._boxes = tf.constant(
                [box or (0, 0, 0, 0) for box in boxes], tf.int32
            )

    def __call__(self, sample):
        sample = dict(sample)
        seed = sample.pop("image_seeds")
        sample_id = sample["sample_ids"]
        image = image_augmentation.decode_image(self._source.read(sample_id))
        if self._boxes is not None:
            box = tf.gather(self._boxes, sample_id)
            image = image_augmentation.crop_to_box(image, box)
        image = self._augment(image, seed)
        pyramid = image_augmentation.image_pyramid(image, self._image_sizes)
        sample["images"] = tuple(
            image_augmentation.normalize_image(level) for level in pyramid
        )
        return sample

    def _augment(self, image, seed):
        size = self._image_sizes[-1]
        short_side = size
        if self._crop != "full":
            short_side = image_augmentation.margin_size(size)
        image = image_augmentation.resize_short_side(image, short_side)
        if self._crop == "random":
            image = image_augmentation.random_crop_and_flip(
                image, size, seed, self._flip
            )
        else:
            image = image_augmentation.center_crop(image, size)
            if self._flip:
                image = image_augmentation.random_crop_and_flip(
                    image, size, seed
                )
        return tf.ensure_shape(image, [size, size, 3])


def _check_images(dataset, image_sizes, crop):
    ascending = all(
        small < large
        for small, large in zip(image_sizes, image_sizes[1:], strict=False)
    )
    if not image_sizes or image_sizes[0] < 1 or not ascending:
        raise ValueError(
            "`image_sizes` must be positive and ascending. "
            f"Received: image_sizes={image_sizes}"
        )
    if crop not in CROPS:
        raise ValueError(
            f"`crop` must be one of {CROPS}. Received: crop={crop!r}"
        )
    prepared = dataset.record_image_size
    if prepared is not None and prepared < image_sizes[-1]:
        raise ValueError(
            f"{dataset.name!r} was prepared for images of {prepared} pixels, "
            "which is less than the largest of `image_sizes`. Received: "
            f"image_sizes={image_sizes}"
        )


def _check_batch_size(dataset, batch_size, num_samples, training):
    if batch_size < 1:
        raise ValueError(
            "`batch_size` must be at least 1. "
            f"Received: batch_size={batch_size}"
        )
    if training and batch_size > num_samples:
        raise ValueError(
            f"`batch_size` must be at most the number of {dataset.sample_kind} "
            f"of {dataset.name!r}, {num_samples}. Received: "
            f"batch_size={batch_size}"
        )


def _check_numbers(start_step, max_words, caption_index):
    if start_step < 0 or max_words < 1 or caption_index < 0:
        raise ValueError(
            "`start_step` and `caption_index` must be at least 0, "
            f"`max_words` at least 1. Received: start_step={start_step}, "
            f"caption_index={caption_index}, max_words={max_words}"
        )
