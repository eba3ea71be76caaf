import numpy as np
import PIL.Image
import pytest

from tests.data.fake_layouts import encoded
from tests.data.fake_layouts import picture
from tests.data.fake_layouts import write_image
from tests.data.fake_layouts import write_text
from tfragan.data.unpaired_images import ImageDomain
from tfragan.data.unpaired_images import image_domain

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "cats"
    write_image(folder / "z.JPG", seed=1)
    write_image(folder / "odd name, no ending", "PNG", seed=2, size=(9, 30))
    write_image(folder / "kittens/1.webp", "WEBP", seed=3)
    write_image(folder / ".hidden.jpg")
    return folder


def test_sub_folders_are_walked_and_names_sorted(folder):
    domain = image_domain(folder)
    assert domain.keys == ("kittens/1.webp", "odd name, no ending", "z.JPG")
    assert domain.name == "cats"
    assert len(domain) == 3
    assert not domain.bad_items


def test_a_single_file_is_a_domain(folder):
    domain = image_domain(folder / "kittens" / "1.webp")
    assert domain.keys == ("1.webp",)
    assert domain.images([0], 8).shape == (1, 8, 8, 3)


def test_an_image_can_be_had_at_its_own_size(folder):
    domain = image_domain(folder)
    image = domain.image(1)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, picture((9, 30), seed=2))


def test_images_are_resized_as_pillow_does(folder):
    domain = image_domain(folder)
    images = domain.images([2, 0, 2], 13)
    assert images.dtype == np.uint8
    assert images.shape == (3, 13, 13, 3)
    for image, index in zip(images, (2, 0, 2), strict=True):
        original = PIL.Image.fromarray(domain.image(index))
        expected = original.resize((13, 13), PIL.Image.Resampling.BILINEAR)
        difference = image.astype(int) - np.asarray(expected)
        assert np.abs(difference).max() <= 1
    assert domain.images([], 13).shape == (0, 13, 13, 3)
    with pytest.raises(IndexError):
        domain.images([3], 13)


def test_batches_are_one_pass_in_order(folder):
    domain = image_domain(folder)
    batches = list(domain.batches(2, 8).as_numpy_iterator())
    assert [batch["index"].tolist() for batch in batches] == [[0, 1], [2]]
    images = np.concatenate([batch["images"] for batch in batches])
    np.testing.assert_array_equal(images, domain.images(range(3), 8))
    assert domain.batches(2, 8).cardinality() == 2


def test_bad_files_are_named_and_left_out(folder, caplog):
    write_text(folder / "notes.txt", "not an image")
    (folder / "empty.png").touch()
    (folder / "cut.jpg").write_bytes(encoded(size=(99, 90))[:-300])
    (folder / "cut.tif").write_bytes(encoded("TIFF", size=(99, 90))[:-300])
    domain = image_domain(folder)
    assert len(domain) == 3
    assert domain.bad_items.skipped == {
        "truncated JPEG": ["cut.jpg"],
        "truncated TIFF": ["cut.tif"],
        "empty file": ["empty.png"],
        "undecodable image": ["notes.txt"],
    }
    assert "1 undecodable image (notes.txt)" in caplog.text
    with pytest.raises(ValueError, match=r"cats is refused .*notes\.txt"):
        image_domain(folder, on_bad_item="refuse")


def test_damage_in_the_middle_is_found_by_decoding(folder):
    data = bytearray(encoded("PNG", size=(200, 180)))
    data[len(data) // 2] ^= 0xFF
    (folder / "hurt.png").write_bytes(data)
    assert not image_domain(folder).bad_items
    domain = image_domain(folder, images="decode")
    assert domain.bad_items.skipped == {"undecodable PNG": ["hurt.png"]}


def test_damage_met_later_is_named(folder):
    domain = image_domain(folder)
    (folder / "z.JPG").write_bytes(b"no longer")
    for read in (lambda: domain.image(2), lambda: domain.images([2], 8)):
        with pytest.raises(ValueError, match="'z.JPG' of 'cats' cannot be us"):
            read()


def test_nothing_to_open_is_said_in_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="no file and no folder at .*gone"):
        image_domain(tmp_path / "gone")
    (tmp_path / "hollow").mkdir()
    with pytest.raises(ValueError, match="hollow has to hold images"):
        image_domain(tmp_path / "hollow")
    write_text(tmp_path / "texts/a.txt", "word")
    with pytest.raises(ValueError, match=r"no usable image: .*\(a\.txt\)"):
        image_domain(tmp_path / "texts")
    with pytest.raises(ValueError, match=r"no usable image: .*\(a\.txt\)"):
        image_domain(tmp_path / "texts" / "a.txt")


def test_the_fingerprint_follows_the_names_alone(folder, tmp_path):
    before = image_domain(folder).fingerprint
    moved = folder.rename(tmp_path / "felines")
    assert image_domain(moved).fingerprint == before
    write_image(moved / "more.jpg")
    assert image_domain(moved).fingerprint != before


def test_a_domain_of_nothing_is_refused():
    with pytest.raises(ValueError, match="'void' has to hold an image"):
        ImageDomain([], "void")
