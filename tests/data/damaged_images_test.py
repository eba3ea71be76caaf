"""Files that change while a training reads them are named by every kind."""

import shutil

import pytest
import tensorflow as tf

from tests.data.fake_layouts import encoded
from tests.data.fake_layouts import unpaired_layout
from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.cli.errors import sentence
from tfragan.data import image_folder
from tfragan.data import labelled_images
from tfragan.data import paired_images
from tfragan.data import prepare
from tfragan.data import records
from tfragan.data import unpaired_images
from tfragan.data.bad_items import damaged_image

pytestmark = pytest.mark.usefixtures("own_cache")


def _cut(path):
    path.write_bytes(encoded("PNG", size=(90, 80))[:-500])


def _emptied(path):
    path.write_bytes(b"")


def _folder(path):
    path.unlink()
    path.mkdir()


def _captions(tmp_path):
    for name in ("1", "2"):
        write_image(tmp_path / f"train/{name}.png", "PNG")
        write_text(tmp_path / f"train/{name}.txt", "a bird")
    return image_folder(tmp_path), tmp_path / "train/1.png"


def _unpaired(tmp_path):
    folder = unpaired_layout(tmp_path / "domains")
    return unpaired_images(folder), folder / "trainB/0.jpg"


def _labels(tmp_path):
    for name in ("cat", "dog"):
        write_image(tmp_path / f"train/{name}/1.png", "PNG")
    return labelled_images(tmp_path), tmp_path / "train/cat/1.png"


def _pairs(tmp_path):
    for letter in "AB":
        write_image(tmp_path / f"train{letter}/1.png", "PNG")
    return paired_images(tmp_path), tmp_path / "trainA/1.png"


def _batches(dataset):
    if hasattr(dataset, "domain_a"):
        return dataset.batches(2, image_size=16)
    return dataset.batches(1, image_sizes=(16,))


@pytest.mark.parametrize(
    ("opened", "damage", "kind"),
    [
        (_captions, _cut, "truncated PNG"),
        (_unpaired, _emptied, "empty file"),
        (_labels, _folder, "unreadable file, Is a directory"),
        (_pairs, lambda path: path.unlink(), "missing image"),
    ],
)
def test_the_file_is_named_with_its_damage(tmp_path, opened, damage, kind):
    dataset, path = opened(tmp_path)
    batches = _batches(dataset)
    next(iter(batches))
    damage(path)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        for _ in batches.take(8):
            pass
    key = next(
        item.key
        for item in getattr(dataset, "items", ())
        or dataset.domain_a.items + dataset.domain_b.items
        if item.key in str(path)
    )
    assert damaged_image(caught.value) == (str(path), key)
    assert sentence(caught.value) == f"{path}: {kind}"


def test_a_damaged_shard_is_named_with_its_image(tmp_path):
    dataset, _ = _captions(tmp_path / "source")
    prepare(dataset, tmp_path / "out", image_size=16)
    shard = tmp_path / "out/train-00000-of-00001.tfrecord"
    prepared = records(tmp_path / "out")
    batches = _batches(prepared)
    offset, length = prepared[1].byte_range
    with shard.open("r+b") as file:
        file.seek(offset + length // 2)
        file.write(b"####")
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        for _ in batches.take(8):
            pass
    assert sentence(caught.value) == (
        f"{shard} is damaged at image 'train/2.png', or gone: prepare the "
        "data again"
    )


def test_other_errors_of_tensorflow_are_none_of_data(tmp_path):
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        tf.reshape([1, 2], [3])
    assert damaged_image(caught.value) is None
    assert sentence(caught.value) is None


def test_a_pass_over_a_domain_names_the_file(tmp_path):
    dataset, path = _unpaired(tmp_path)
    shutil.copy(path, path.with_name("ä [x] (y).jpg"))
    domain = unpaired_images(tmp_path / "domains").domain_b
    odd = path.with_name("ä [x] (y).jpg")
    odd.unlink()
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        list(domain.batches(4, 16))
    assert sentence(caught.value) == f"{odd}: missing image"
