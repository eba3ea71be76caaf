"""From a data set of captioned images to the batches that `fit` takes."""

from tfragan.data import global_batches
from tfragan.data.framed_images import FramedImageLoader
from tfragan.data.framed_images import Framer
from tfragan.data.sample_choice import sample_chooser


def caption_batches(
    dataset,
    batch_size,
    tokenizer=None,
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
    framing="attngan",
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
        tokenizer: a `tfragan.text.CaptionTokenizer`, or `None` for batches
            of images alone, one an image, whatever captions there are.
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
        crop: "random" resizes the shorter side to the largest size with a
            margin and crops at random in training, at the center otherwise;
            "center" always crops that at the center; "full" resizes the
            shorter side to the largest size, so that nothing of it is lost.
        framing: "attngan" crops to 3/4 of the longer side of a box to each
            side of its center, and takes a margin of 76/64, bilinear;
            "ragan" crops to 9/10 and takes 286/256, Lanczos; or another
            `tfragan.data.Framing`. Prepared images keep the crop to the box
            that they were stored with, that of "attngan".

    Returns:
        `tf.data.Dataset` of dicts, with b = batch_size / num_shards:

        - `images`: tuple of float32 (b, size, size, 3) in [-1, 1].
        - `sample_ids`: int64 (b,), index into `dataset.items`.
        - `token_ids`: int32 (b, max_words), padded with 0; this and the
          following with a tokenizer.
        - `class_ids`: int32 (b,).
        - `caption_ids`: int32 (b,), index into the item's captions.

    Raises:
        ValueError: An argument is out of range, an epoch is smaller than a
            batch, the data set was prepared for smaller images, or an image
            has no caption with a known word.

    Reference:
        Xu et al., "AttnGAN", https://arxiv.org/abs/1711.10485, published
        code: sorting, caption subsets, crops and pyramid.
    """
    framer = Framer(image_sizes, framing, crop, flip, training)
    _check_stored_size(dataset, framer.image_sizes)
    boxes = [item.box for item in dataset.items]
    return global_batches.sample_batches(
        dataset,
        sample_chooser(
            dataset, tokenizer, max_words, training, seed, caption_index
        ),
        FramedImageLoader(
            dataset.items, framer, None if dataset.record_image_ready else boxes
        ),
        batch_size,
        seed,
        training,
        start_step,
        num_shards,
        shard_index,
    )


def _check_stored_size(dataset, image_sizes):
    prepared = dataset.record_image_size
    if prepared is not None and prepared < image_sizes[-1]:
        raise ValueError(
            f"{dataset.name!r} was prepared for images of {prepared} pixels, "
            "which is less than the largest of `image_sizes`. Received: "
            f"image_sizes={image_sizes}"
        )
