"""Input pipelines."""

import json
import pathlib
import time

from benchmarks.peak_memory import peak_memory
from benchmarks.photographs import LANDSCAPE
from benchmarks.photographs import PORTRAIT
from benchmarks.photographs import photographs

# They stay in the file cache, as a training set does that fits into memory.
_PHOTOS = 128


def emoji(seconds, folder, image_sizes, batch_size):
    """Batches of the emoji that come with the package, without a crop."""
    from tfragan import data

    del folder
    batches = _captioned(data.emoji(), image_sizes, batch_size, crop="full")
    return _deliver(batches, seconds, image_sizes[-1], batch_size)


def photos(seconds, folder, image_sizes, batch_size):
    """Batches of JPEG photographs of 500 x 375 pixels from a folder."""
    from tfragan import data

    folder = pathlib.Path(folder)
    names = _write_photos(folder, LANDSCAPE)
    lines = [
        json.dumps({"image": name, "caption": f"a photo of {index}"})
        for index, name in enumerate(names)
    ]
    (folder / "captions.jsonl").write_text("\n".join(lines), "utf-8")
    dataset = data.image_folder(folder, split="all")
    batches = _captioned(dataset, image_sizes, batch_size)
    return _deliver(batches, seconds, image_sizes[-1], batch_size)


def unpaired(seconds, folder, image_size, batch_size):
    """Batches of JPEG portraits of 178 x 218 pixels of two domains."""
    from tfragan import data

    for domain in ("trainA", "trainB"):
        _write_photos(pathlib.Path(folder, domain), PORTRAIT)
    batches = data.unpaired_images(folder).batches(batch_size, image_size)
    return _deliver(
        batches, seconds, image_size, batch_size, images_per_sample=2
    )


def _captioned(dataset, image_sizes, batch_size, **options):
    from tfragan.text import CaptionTokenizer
    from tfragan.text import Vocabulary

    tokenizer = CaptionTokenizer(Vocabulary.from_captions(dataset.captions()))
    return dataset.batches(
        batch_size, tokenizer, image_sizes=image_sizes, **options
    )


def _deliver(batches, seconds, size, batch_size, images_per_sample=1):
    batches = iter(batches)
    # The first batches wait for buffers to fill and for the tuning of threads.
    _count(batches, max(1.0, seconds / 4))
    steps, passed, cpu = _count(batches, seconds)
    images = steps * batch_size * images_per_sample
    return {
        "size": size,
        "batch": batch_size,
        "images_per_second": images / passed,
        "images_per_cpu_second": images / cpu,
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


def _write_photos(folder, sides):
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for index, file in enumerate(photographs(_PHOTOS, sides)):
        names.append(f"{index:03}.jpg")
        (folder / names[-1]).write_bytes(file)
    return names
