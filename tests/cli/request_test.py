"""A server is asked from the command line, and its answers become files."""

import json
import socket

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import run_tfragan
from tests.serving.fake_server import CAPTIONS
from tests.serving.fake_server import COLORS
from tests.serving.fake_server import ECHO
from tests.serving.fake_server import EDIT
from tests.serving.fake_server import LABELS
from tests.serving.fake_server import TRANSLATION
from tests.serving.fake_server import Failure
from tests.serving.fake_server import FakeModel
from tests.serving.fake_server import png
from tests.serving.fake_server import serving

_PHOTO = png((3, 2), (1, 2, 3))


@pytest.fixture(params=["rest", "grpc"])
def transport(request):
    return request.param


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a photo in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "My photo.jpg").write_bytes(_PHOTO)
    (tmp_path / "other.png").write_bytes(_PHOTO)
    return tmp_path


@pytest.fixture
def ask(folder, capsys):
    """A function of a model and arguments to status, output and errors."""

    def run(model, *arguments, transport="rest", protocol=None):
        with serving(model, transport) as address:
            status = run_tfragan(
                "request",
                f"--host={address.partition('://')[2]}",
                f"--protocol={protocol or transport}",
                "--model=birds",
                *arguments,
            )
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def answered(ask):
    """As `ask`, where all goes well: to the output alone."""

    def run(model, *arguments, **options):
        status, out, err = ask(model, *arguments, **options)
        assert (status, err) == (0, "")
        return out

    return run


def _files(folder):
    return sorted(path.name for path in folder.iterdir())


def _request(model):
    signature, inputs = model.requests[-1]
    return signature, {name: one.tolist() for name, one in inputs.items()}


def test_sentences_become_pictures_of_their_names(answered, folder, transport):
    model = FakeModel()
    out = answered(
        model,
        "A red bird!",
        "a red bird",
        "--seed=5",
        "--output=found",
        transport=transport,
    )

    assert out.splitlines() == [
        "A red bird!: found/a_red_bird.png",
        "a red bird: found/a_red_bird_2.png",
    ]
    assert _files(folder / "found") == ["a_red_bird.png", "a_red_bird_2.png"]
    with Image.open(folder / "found" / "a_red_bird_2.png") as image:
        assert image.getpixel((0, 0)) == (6, 0, 255)
    assert _request(model)[1]["seed"] == [5, 6]


def test_maps_become_arrays_and_words_are_printed(answered, folder, transport):
    out = answered(
        FakeModel(),
        "--caption=a bird",
        "--signature=with_attention",
        transport=transport,
    )

    assert "a bird, words: a ré\n" in out
    assert "a bird, attention_map_2: answers/a_bird_attention_map_2.npy" in out
    attention = np.load(folder / "answers" / "a_bird_attention_map_2.npy")
    assert attention.shape == (2, 2, 3)
    assert attention.dtype == np.float32


def test_pixels_become_pictures_too(ask, folder):
    ask(FakeModel(), "a bird", "--signature=images")

    with Image.open(folder / "answers" / "a_bird.png") as image:
        assert image.size == (4, 4)


def test_image_files_become_pictures_and_heat_maps(answered, folder):
    model = FakeModel(TRANSLATION)
    answered(
        model,
        "My photo.jpg",
        "--image=other.png",
        "--signature=with_attention",
        "--output=out",
    )

    assert _request(model)[1] == {"image_bytes": [_PHOTO] * 2}
    assert _files(folder / "out") == [
        "My_photo.png",
        "My_photo_heat_map.npy",
        "My_photo_heat_map.png",
        "other.png",
        "other_heat_map.npy",
        "other_heat_map.png",
    ]


def test_each_image_is_asked_for_with_each_sentence(answered, folder):
    model = FakeModel(EDIT)
    arguments = ["My photo.jpg", "it is red", "other.png", "it is blue"]
    out = answered(model, *arguments)

    assert _request(model)[1]["caption"] == [b"it is red", b"it is blue"] * 2
    assert "My photo.jpg, it is red: answers/My_photo_it_is_red.png" in out
    assert len(_files(folder / "answers")) == 4


def test_labels_guide(answered, folder):
    model = FakeModel(LABELS)
    labels = ["--labels=3,1", "--labels=0,2"]
    answered(model, "My photo.jpg", *labels, "--signature=edit")

    assert _request(model)[1]["label_ids"] == [[3, 1], [0, 2]]


def test_a_reference_has_its_signature_found(answered, folder):
    model = FakeModel(COLORS)
    arguments = ["My photo.jpg", "red", "blue"]
    answered(model, *arguments, "--reference=other.png")

    signature, inputs = _request(model)
    assert signature == "colorize_from_reference"
    assert inputs["reference_bytes"] == [_PHOTO] * 2


def test_any_input_can_be_given_by_its_name(answered, folder):
    model = FakeModel(CAPTIONS)
    inputs = ["caption=a = b", "caption=c", "seed=7", "seed=9"]
    answered(model, *(f"--input={each}" for each in inputs))

    assert _request(model)[1] == {"caption": [b"a = b", b"c"], "seed": [7, 9]}


def test_inputs_without_a_flag_are_rows(answered, folder):
    inputs = ["--input=text=one", "--input=text=two"]
    out = answered(FakeModel(ECHO), *inputs, "--signature=one")

    assert out == "answer, text: one\nanswer_2, text: two\n"


def test_many_rows_are_asked_for_in_several_requests(answered, folder):
    (folder / "captions.txt").write_text("a\nb\n\nc\nd\ne\n")
    model = FakeModel()
    out = answered(
        model, "--captions_file=captions.txt", "--batch_size=2", "--seed=3"
    )

    seeds = [one["seed"].tolist() for _, one in model.requests]
    assert seeds == [[3, 4], [5, 6], [7]]
    assert len(out.splitlines()) == 5


def test_list_prints_the_signatures(answered, folder, transport):
    model = FakeModel()
    out = answered(model, "--list", transport=transport)

    assert out.splitlines()[:2] == ["birds, version 1", ""]
    lines = [line.split("  ") for line in out.splitlines()[2:]]
    assert lines[0][0] == "signature"
    assert "with_masks" in {line[0] for line in lines}
    assert "caption: string [?]" in out
    assert "attention_map_2: float32 [?, 2, 2, 3]" in out
    assert model.requests == []


@pytest.mark.parametrize(
    ("signatures", "arguments", "sentence"),
    [
        (CAPTIONS, [], "--caption is required"),
        (CAPTIONS, ["no.png"], "there is no such photo: no.png"),
        (CAPTIONS, ["My photo.jpg", "a"], "--image is not used"),
        (CAPTIONS, ["a", "--signature=imges"], "Did you mean 'images'?"),
        (CAPTIONS, ["a", "--input=sed=3"], "--input=sed is not used"),
        (CAPTIONS, ["a", "--input=seed"], "expected NAME=VALUE"),
        (CAPTIONS, ["a", "--input=seed=x"], "expected seed: int32"),
        (CAPTIONS, ["a", "--input=seed=0.5"], "expected int32"),
        (CAPTIONS, ["a", "--input=seed=3", "--seed=3"], "expected one"),
        (CAPTIONS, ["a", "--reference=other.png"], "--reference is not used"),
        (CAPTIONS, ["a", "--batch_size=0"], "--batch_size"),
        (CAPTIONS, ["a", "--timeout=0"], "timeout"),
        (CAPTIONS, ["a", "--model=cats"], "no model"),
        (TRANSLATION, ["a", "My photo.jpg"], "--caption is not used"),
        (TRANSLATION, ["My photo.jpg", "--seed=3"], "--seed is not used"),
        (TRANSLATION, ["--image=no.png"], "No such file"),
        (EDIT, ["a"], "--image is required"),
        (LABELS, ["My photo.jpg", "--labels=red"], "expected ids"),
        (
            COLORS,
            ["My photo.jpg", "a", "b", "c"]
            + ["--reference=other.png", "--reference=other.png"],
            "reference_bytes: expected 1 value or 3",
        ),
    ],
)
def test_bad_input_ends_with_2_and_one_sentence(
    ask, folder, signatures, arguments, sentence
):
    model = FakeModel(signatures)
    if "--labels=red" in arguments:
        arguments = [*arguments, "--signature=edit"]
    status, out, err = ask(model, *arguments)

    assert status == 2
    assert out == ""
    assert sentence in err
    assert err.count("\n") == 1
    assert model.requests == []
    assert not (folder / "answers").exists()


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (Failure(400, "INVALID_ARGUMENT", "caption must hold a word"), 2),
        (Failure(500, "INTERNAL", "out of memory"), 1),
        (Failure(403, "PERMISSION_DENIED", "not you"), 1),
    ],
)
def test_what_the_server_says_is_one_sentence(
    ask, folder, transport, failure, status
):
    model = FakeModel()
    model.failures = [failure]
    found, out, err = ask(model, "a bird", transport=transport)

    assert found == status
    assert out == ""
    assert failure.message in err
    assert err.count("\n") == 1
    assert not (folder / "answers").exists()


def test_a_server_that_is_not_there_ends_with_1(folder, capsys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        status = run_tfragan(
            "request",
            "a",
            f"--host=127.0.0.1:{port}",
            "--model=birds",
            "--timeout=0.2",
        )

    assert status == 1
    err = capsys.readouterr().err
    assert f"http://127.0.0.1:{port}, model 'birds'" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("rest", "does not speak HTTP; a gRPC port is asked by grpc://"),
        ("grpc", "does not speak gRPC; a REST port is asked by http://"),
    ],
)
def test_the_port_of_the_other_protocol_is_named_without_its_bytes(
    ask, asked, sentence
):
    answers = "grpc" if asked == "rest" else "rest"
    status, _, err = ask(FakeModel(), "a", transport=answers, protocol=asked)

    assert status == 2
    assert sentence in err
    assert err.rstrip("\n").isprintable()


def test_no_letter_of_a_stranger_moves_the_terminal(ask, folder, transport):
    model = FakeModel()
    model.failures = [Failure(500, "INTERNAL", "\x1b[2Jred\x07")]
    _, _, err = ask(model, "a bird", transport=transport)

    assert "?[2Jred?" in err
    assert err.rstrip("\n").isprintable()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model=x"], "--host is required"),
        (["--host=x"], "--model is required"),
        (["--host=ftp://x", "--model=x"], "expected an address"),
        (
            ["--host=http://x", "--model=x", "--protocol=grpc"],
            "expected an address of --protocol=grpc",
        ),
        (
            ["--host=x", "--model=x", "--model_version=1"]
            + ["--version_label=y"],
            "version and label",
        ),
    ],
)
def test_flags_that_cannot_be_are_refused(refusal, arguments, sentence):
    assert sentence in refusal("request", "a", *arguments)


def test_a_version_is_asked_for(answered, folder):
    model = FakeModel()
    answered(model, "a", "--model_version=3")
    assert model.path == "/v1/models/birds/versions/3:predict"
    assert json.loads(model.body)["inputs"]["caption"] == ["a"]
