"""From a data set of labelled images to the batches that `fit` takes."""

import tensorflow as tf

from tfragan.data import global_batches
from tfragan.data.framed_images import FramedImageLoader
from tfragan.data.framed_images import Framer
from tfragan.data.sample_choice import ImageChooser


def labelled_batches(
    dataset,
    batch_size,
    image_sizes=(64,),
    seed=0,
    training=True,
    start_step=0,
    num_shards=1,
    shard_index=0,
    flip=True,
    crop="random",
    framing="ragan",
):
    """Batches of image pyramids and labels.

    In training the stream is endless, and batch k is a function of `seed` and
    k alone: each epoch visits every image once in a new order (up to the last
    incomplete batch), with a random crop and mirroring. With `num_shards`
    workers each gets its contiguous part of that same batch.

    Out of training it is one pass in the order of the data set: center crop,
    no mirroring, with a smaller batch at the end.

    Args:
        dataset: a `LabelledImages`.
        batch_size: images of a global batch, over all shards.
        image_sizes: ascending sides of the image pyramid in pixels.
        seed: seed of all random choices.
        training: whether to shuffle, augment and repeat.
        start_step: step to begin at; gives exactly what a stream that began
            at 0 gives from this step on.
        num_shards: number of workers that share each global batch.
        shard_index: which of them this one is.
        flip: whether to mirror images in training, with probability 1/2.
        crop: see `tfragan.data.caption_batches.caption_batches`.
        framing: see `tfragan.data.caption_batches.caption_batches`.

    Returns:
        `tf.data.Dataset` of dicts, with b = batch_size / num_shards:

        - `images`: tuple of float32 (b, size, size, 3) in [-1, 1].
        - `label_ids`: int32 (b, attributes), numbered through.
        - `sample_ids`: int64 (b,), index into `dataset.items`.

    Raises:
        ValueError: An argument is out of range, or an epoch is smaller than
            a batch.
    """
    label_ids = tf.constant([item.label_ids for item in dataset.items])
    framer = Framer(image_sizes, framing, crop, flip, training)
    load_image = FramedImageLoader(dataset.items, framer)

    def load(sample):
        sample = load_image(sample)
        sample["label_ids"] = tf.gather(label_ids, sample["sample_ids"])
        return sample

    return global_batches.sample_batches(
        dataset,
        ImageChooser(len(dataset), seed),
        load,
        batch_size,
        seed,
        training,
        start_step,
        num_shards,
        shard_index,
    )
