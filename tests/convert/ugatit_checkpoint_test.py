"""What a published file holds is told by its content."""

import pickle

import numpy as np
import pytest

from tests.convert import torch_files
from tfragan.convert.ugatit_weights import read_ugatit_checkpoint
from tfragan.convert.weight_map import ConversionError

TENSOR = np.ones((2, 3), "float32")


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_of_one_network_needs_its_name(tmp_path):
    content = pickle.dumps({"FC.0.weight": TENSOR}, 2)
    paths = [
        write(tmp_path, f"cats_{name}_params_0000007.pdparams", content)
        for name in ("genA2B", "genB2A")
    ]
    checkpoint = read_ugatit_checkpoint(paths)
    assert list(checkpoint.networks) == ["genA2B", "genB2A"]
    assert checkpoint.step == 7
    path = write(tmp_path, "cats.pdparams", content)
    with pytest.raises(ConversionError, match="has to tell which: .*disLB"):
        read_ugatit_checkpoint([path])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "gan.pt",
            torch_files.legacy({"netG": {"w": TENSOR}}),
            "lacks genA2B and genB2A, and has netG",
        ),
        (
            "gan.pt",
            torch_files.zipped({"genA2B": {"w": TENSOR}}),
            "lacks genB2A, and has genA2B",
        ),
        ("gan.pickle", pickle.dumps({}, 2), "and has nothing"),
    ],
)
def test_other_files_are_named_for_what_they_hold(
    tmp_path, name, content, sentence
):
    path = write(tmp_path, name, content)
    with pytest.raises(ConversionError, match=sentence):
        read_ugatit_checkpoint([path])


def test_a_folder_needs_a_checkpoint(tmp_path):
    with pytest.raises(ConversionError, match="without a TensorFlow check"):
        read_ugatit_checkpoint([tmp_path])
