"""Input pipelines."""

import pathlib
import time

from benchmarks.peak_memory import peak_memory

# CUB's photographs are 500 pixels wide; 128 of them stay in the file cache, as
# a training set does that fits into memory.
_PHOTOS = 128
_PHOTO_SHAPE = (375, 500)


def emoji(seconds, folder, image_sizes, batch_size):
    """Batches of the emoji that come with the package, without a crop."""
    from tfragan import data

    del folder
    return _deliver(data.emoji(), seconds, image_sizes, batch_size, crop="full")


def photos(seconds, folder, image_sizes, batch_size):
    """Batches of JPEG photographs of 500 x 375 pixels from a folder."""
    from tfragan import data

    _write_photos(pathlib.Path(folder))
    dataset = data.image_folder(folder, split="all")
    return _deliver(dataset, seconds, image_sizes, batch_size)


def _deliver(dataset, seconds, image_sizes, batch_size, **kwargs):
    from tfragan.text import CaptionTokenizer
    from tfragan.text import Vocabulary

    tokenizer = CaptionTokenizer(Vocabulary.from_captions(dataset.captions()))
    batches = iter(
        dataset.batches(
            batch_size, tokenizer, image_sizes=image_sizes, **kwargs
        )
    )
    # The first batches wait for buffers to fill and for the tuning of threads.
    _count(batches, max(1.0, seconds / 4))
    steps, passed, cpu = _count(batches, seconds)
    return {
        "size": image_sizes[-1],
        "batch": batch_size,
        "images_per_second": steps * batch_size / passed,
        "images_per_cpu_second": steps * batch_size / cpu,
        "peak_memory": peak_memory(),
    }


def _count(batches, seconds):
    start, cpu = time.perf_counter(), time.process_time()
    steps = 0
    while time.perf_counter() - start < seconds:
        next(batches)
        steps += 1
    passed = time.perf_counter() - start
    return steps, passed, time.process_time() - cpu


def _write_photos(folder):
    import numpy as np
    import tensorflow as tf

    draw = np.random.default_rng(0)
    lines = []
    for index in range(_PHOTOS):
        # Smooth, with some grain: JPEG's work depends on what there is to see.
        coarse = draw.uniform(0, 255, (12, 16, 3))
        image = tf.image.resize(coarse, _PHOTO_SHAPE, "bicubic")
        image += draw.normal(0, 4, (*_PHOTO_SHAPE, 3))
        pixels = tf.saturate_cast(image, tf.uint8)
        name = f"{index:03}.jpg"
        tf.io.write_file(
            str(folder / name), tf.io.encode_jpeg(pixels, quality=90)
        )
        lines.append(f'{{"image": "{name}", "caption": "a photo of {index}"}}')
    (folder / "captions.jsonl").write_text("\n".join(lines), "utf-8")
