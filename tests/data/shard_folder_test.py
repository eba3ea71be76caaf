import pytest

from tests.data.fake_layouts import write_image
from tfragan.data import shard_folder
from tfragan.data.image_split import EncodedImage
from tfragan.data.record_shards import StoredSquares
from tfragan.data.records import UNPAIRED


@pytest.fixture
def items(tmp_path):
    items = []
    for number in range(3):
        path = tmp_path / "source" / f"{number}.jpg"
        write_image(path, seed=number)
        items.append(EncodedImage(path.name, str(path)))
    return items


def _write(folder, items, **plan):
    section = shard_folder.Section(
        "part",
        items,
        StoredSquares(16),
        "A part",
        summarize=lambda rows: {"last": rows[-1]["key"]},
    )
    return shard_folder.write_shard_folder(
        folder,
        UNPAIRED,
        {"shard_size": 2, **plan},
        lambda: [section],
        lambda path: {"written_to": path},
    )


def test_a_finished_folder_is_not_looked_into_again(items, tmp_path):
    first = _write(tmp_path / "out", items)
    assert _write(tmp_path / "out", []) == first
    with pytest.raises(ValueError, match="seed=None, now seed=1"):
        _write(tmp_path / "out", items, seed=1)


def test_a_section_without_usable_images_is_refused(items, tmp_path):
    (tmp_path / "gone").mkdir()
    gone = EncodedImage("gone.jpg", str(tmp_path / "gone.jpg"))
    with pytest.raises(ValueError, match=r"A part .* \(gone\.jpg\)"):
        _write(tmp_path / "out", [gone])
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_the_source_is_known_by_its_names_and_sizes(items):
    print_of = shard_folder.source_fingerprint
    assert print_of(items, "a") == print_of(list(items), "a")
    assert print_of(items, "a") != print_of(items, "b")
    before = print_of(items)
    with open(items[0].path, "ab") as file:
        file.write(b"more")
    assert print_of(items) != before
