"""Tiny copies of published folder layouts, with pictures of no one."""

import io
import pickle

import numpy as np
import PIL.Image


def picture(size=(24, 20), seed=0, mode="RGB"):
    """A smooth random picture, partly transparent in modes that can be."""
    noise = np.random.default_rng(seed).integers(0, 256, (4, 4, 4), np.uint8)
    if "A" not in mode:
        noise = noise[..., :3].copy()
    image = PIL.Image.fromarray(noise).resize(size)
    if mode.startswith("I"):
        # Of its own, as Pillow would keep the levels below 256.
        levels = np.asarray(image.convert("L")).astype(np.uint16) * 251
        return PIL.Image.fromarray(levels)
    return image.convert(mode)


def encoded(
    format="JPEG", size=(24, 20), seed=0, mode="RGB", frames=1, **options
):
    """A smooth random picture as the bytes of an image file."""
    if frames > 1:
        more = [picture(size, seed + k, mode) for k in range(1, frames)]
        options.update(save_all=True, append_images=more)
    file = io.BytesIO()
    picture(size, seed, mode).save(file, format, **options)
    return file.getvalue()


def write_image(path, format="JPEG", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(format, **options))


def write_text(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_pickle(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(value, protocol=2))


def unpaired_layout(folder, **counts):
    """The layout of unpaired images, by default 3, 5, 2 and 2 JPEG files."""
    for place in ("trainA", "trainB", "testA", "testB"):
        default = {"trainA": 3, "trainB": 5}.get(place, 2)
        for number in range(counts.get(place, default)):
            path = folder / place / f"{number}.jpg"
            write_image(path, size=(24 + 7 * number, 20), seed=number)
    return folder


CUB_NAMES = {
    "train": ["001.Auk/Auk_0001_5", "001.Auk/Auk_0002_7", "003.Jay/Jay_0001"],
    "test": ["002.Emu/Emu_0009_1"],
}


def cub_layout(folder, captions=10):
    """The CUB layout: three training birds and a test bird."""
    rows, boxes = [], []
    for split, names in CUB_NAMES.items():
        write_pickle(folder / split / "filenames.pickle", names)
        classes = [int(name[:3]) for name in names]
        write_pickle(folder / split / "class_info.pickle", classes)
        for name in names:
            number = len(rows) + 1
            write_image(folder / f"CUB_200_2011/images/{name}.jpg", seed=number)
            rows.append(f"{number} {name}.jpg")
            boxes.append(f"{number} 3.0 2.7 15.9 {number + 9}.2")
            write_text(
                folder / f"text/{name}.txt",
                *(f"bird {number} caption {k}." for k in range(captions)),
            )
    write_text(folder / "CUB_200_2011/images.txt", *rows)
    write_text(folder / "CUB_200_2011/bounding_boxes.txt", *boxes)
    write_text(
        folder / "CUB_200_2011/classes.txt",
        "1 001.Auk",
        "2 002.Emu",
        "3 003.Jay",
    )
    return folder


def coco_lists_layout(folder):
    """The lists of the AttnGAN authors for COCO: two images and one."""
    for split, names in {
        "train": ["COCO_train2014_000000000009", "COCO_train2014_000000000025"],
        "test": ["COCO_val2014_000000000042"],
    }.items():
        write_pickle(folder / split / "filenames.pickle", names)
        for name in names:
            write_image(folder / f"images/{name}.jpg")
            write_text(
                folder / f"text/{name}.txt",
                *(f"{name[-2:]} as seen by person {k}" for k in range(6)),
            )
    return folder


def coco_json(images, annotations):
    """The content of a captions json of COCO, as a dict."""
    return {
        "info": {"year": 2014},
        "images": [
            {"id": number, "file_name": file, "width": 24, "height": 20}
            for number, file in images
        ],
        "annotations": [
            {"id": place, "image_id": number, "caption": caption}
            for place, (number, caption) in enumerate(annotations)
        ],
    }


def flowers_layout(folder):
    """Oxford-102: two training classes and a test class."""
    numbers = {
        "class_00001": (10, 11),
        "class_00002": (20,),
        "class_00003": (30,),
    }
    for class_name, images in numbers.items():
        for number in images:
            name = f"image_{number:05d}"
            write_image(folder / f"jpg/{name}.jpg", seed=number)
            write_text(
                folder / f"text_c10/{class_name}/{name}.txt",
                *(f"flower {number} petal {k}" for k in range(10)),
            )
    write_text(folder / "trainvalclasses.txt", "class_00001", "class_00002")
    write_text(folder / "testclasses.txt", "class_00003")
    return folder
