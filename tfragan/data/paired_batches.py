"""From a data set of pairs to the batches that `fit` takes."""

import tensorflow as tf

from tfragan.data import global_batches
from tfragan.data import image_augmentation
from tfragan.data.framed_images import Framer
from tfragan.data.image_source import ImageSource
from tfragan.data.sample_choice import sample_chooser


def paired_batches(
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
    framing="ragan",
):
    """Batches of inputs, and of the image pyramids of their targets.

    In training the stream is endless, and batch k is a function of `seed` and
    k alone: each epoch visits every pair once in a new order (up to the last
    incomplete batch), with a random crop and mirroring, the same for input
    and target. With `num_shards` workers each gets its contiguous part of
    that same batch.

    Out of training it is one pass in the order of the data set: center crop,
    no mirroring, with a smaller batch at the end.

    Args:
        dataset: a `PairedImages`.
        batch_size: pairs of a global batch, over all shards.
        image_sizes: ascending sides of the image pyramid in pixels.
        tokenizer: a `tfragan.text.CaptionTokenizer` for batches with
            captions, which are chosen and sorted by number of words as by
            `tfragan.data.caption_batches.caption_batches`, or `None`.
        seed: seed of all random choices.
        training: whether to shuffle, augment and repeat.
        start_step: step to begin at; gives exactly what a stream that began
            at 0 gives from this step on.
        num_shards: number of workers that share each global batch.
        shard_index: which of them this one is.
        max_words: words of a caption; `None` takes the tokenizer's.
        caption_index: which caption to take out of training.
        flip: whether to mirror pairs in training, with probability 1/2.
        crop: see `tfragan.data.caption_batches.caption_batches`.
        framing: see `tfragan.data.caption_batches.caption_batches`. The input
            is resized to the size of its target.

    Returns:
        `tf.data.Dataset` of dicts, with b = batch_size / num_shards:

        - `images`: the targets, tuple of float32 (b, size, size, 3) in
          [-1, 1].
        - `inputs`: float32 (b, size, size, 3) of the largest size.
        - `label_ids`: int32 (b, attributes), where there are labels.
        - `sample_ids`: int64 (b,), index into `dataset.items`.
        - `token_ids`, `class_ids`, `caption_ids`: with a tokenizer, as by
          `caption_batches`.

    Raises:
        ValueError: An argument is out of range, an epoch is smaller than a
            batch, or a tokenizer is given where there are no captions.
    """
    if tokenizer is not None and not dataset.has_captions:
        raise ValueError(
            f"The pairs of {dataset.name!r} have no captions for the "
            "`tokenizer`."
        )
    framer = Framer(image_sizes, framing, crop, flip, training)
    return global_batches.sample_batches(
        dataset,
        sample_chooser(
            dataset, tokenizer, max_words, training, seed, caption_index
        ),
        _PairLoader(dataset, framer),
        batch_size,
        seed,
        training,
        start_step,
        num_shards,
        shard_index,
    )


class _PairLoader:
    """Replaces the seed of a sample by its input, target and labels."""

    def __init__(self, dataset, framer):
        self._targets = ImageSource(dataset.items)
        self._inputs = ImageSource([item.input for item in dataset.items])
        self._target_half = dataset.target_half
        self._framer = framer
        self._label_ids = None
        if dataset.labels is not None:
            self._label_ids = tf.constant(
                [item.label_ids for item in dataset.items], tf.int32
            )

    def __call__(self, sample):
        sample = dict(sample)
        seed = sample.pop("image_seeds")
        image, target = self._read(sample["sample_ids"])
        target = self._framer.resize(target)
        image = self._framer.resize_like(image, target)
        # As channels of one image they are cropped and mirrored alike.
        both = self._framer.cut(tf.concat([target, image], axis=-1), seed)
        target, image = tf.split(both, 2, axis=-1)
        sample["images"] = self._framer.pyramid(target)
        sample["inputs"] = image_augmentation.normalize_image(image)
        if self._label_ids is not None:
            sample["label_ids"] = tf.gather(
                self._label_ids, sample["sample_ids"]
            )
        return sample

    def _read(self, sample_id):
        """The decoded input and target."""
        decode = image_augmentation.decode_image
        target = decode(self._targets.read(sample_id))
        if self._target_half is None:
            return decode(self._inputs.read(sample_id)), target
        middle = tf.shape(target)[1] // 2
        left, right = target[:, :middle], target[:, middle:]
        return (left, right) if self._target_half == "right" else (right, left)
