"""`tfragan deploy` writes everything or nothing, and says what is missing."""

import os
import pathlib

import pytest

from tests.cli.conftest import run_tfragan
from tests.cli.conftest import succeed
from tests.export.exported_folder import write_version
from tfragan.export.deployment import FILES


@pytest.fixture
def models(tmp_path):
    write_version(tmp_path / "serving", "birds", 1)
    write_version(tmp_path / "serving", "birds", 2)
    return tmp_path / "serving"


def _deploy(models, *more):
    """The command line that writes beside the models."""
    output = models.parent / "deploy"
    return "deploy", f"--models={models}", f"--output={output}", *more


def _files(folder):
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    )


def test_all_files_are_written_and_nothing_is_left_beside(models, capsys):
    succeed(*_deploy(models))

    assert _files(models.parent / "deploy") == sorted(FILES)
    assert sorted(path.name for path in models.parent.iterdir()) == [
        "deploy",
        "serving",
    ]
    assert "kubectl apply -k" in capsys.readouterr().out


def test_the_newest_version_is_served_or_those_with_labels(models):
    config = models.parent / "deploy" / "models.config"
    succeed(*_deploy(models))
    newest = config.read_text("utf-8")
    more = ("--overwrite", "--label=birds=stable:1", "--cpus=2")
    succeed(*_deploy(models, *more))
    labelled = config.read_text("utf-8")

    assert "versions: 2" in newest
    assert "versions: 1" not in newest
    assert '{ key: "stable" value: 2 }' in newest
    assert "versions: 1" in labelled
    assert "versions: 2" not in labelled
    assert _files(models.parent / "deploy") == sorted(FILES)


def test_labels_are_of_whole_versions_beside_half_copied_ones(models, refusal):
    (models / "birds" / "3").mkdir()
    labels = ("--label=birds=stable:1", "--label=birds=canary:2")

    succeed(*_deploy(models, *labels))
    assert "birds/3: expected a SavedModel" in refusal(
        *_deploy(models, "--overwrite")
    )


@pytest.mark.parametrize(
    ("mask", "mode"), [(0o077, 0o700), (0o022, 0o755), (0, 0o777)]
)
def test_modes_follow_the_umask(models, mask, mode):
    before = os.umask(mask)
    try:
        succeed(*_deploy(models))
    finally:
        os.umask(before)
    folder = models.parent / "deploy"

    def mode_of(name):
        return (folder / name).stat().st_mode & 0o777

    assert mode_of("") == mode_of("kubernetes") == mode
    assert mode_of("compose.yaml") == mode & 0o666
    assert mode_of("probe.sh") == (mode & 0o666) | (mode & 0o111)


def test_an_earlier_deployment_is_kept_without_overwrite(models, refusal):
    succeed(*_deploy(models))
    config = models.parent / "deploy" / "models.config"
    config.write_text("changed by hand")

    assert "--overwrite replaces" in refusal(
        *_deploy(models, "--label=birds=stable:1")
    )
    assert config.read_text() == "changed by hand"


def test_a_folder_with_anything_else_is_never_overwritten(models, refusal):
    succeed(*_deploy(models))
    own = models.parent / "deploy" / "kubernetes" / "own.yaml"
    own.write_text("kind: Secret")

    assert "found kubernetes/own.yaml" in refusal(
        *_deploy(models, "--overwrite")
    )
    assert own.read_text() == "kind: Secret"


@pytest.mark.parametrize("place", [".", "deploy", "birds/deploy"])
def test_nothing_is_written_among_the_models(models, refusal, place):
    before = _files(models)
    output = f"--output={models / place}"
    line = refusal(*_deploy(models, output, "--overwrite"))
    assert "expected a folder outside of" in line
    assert _files(models) == before


def test_a_failed_replacement_leaves_the_earlier_deployment(
    models, monkeypatch
):
    succeed(*_deploy(models))
    config = models.parent / "deploy" / "models.config"
    before = config.read_text("utf-8")
    replace = os.replace

    def broken(source, target):
        if pathlib.Path(target).name == "deploy" and "retired" not in str(
            source
        ):
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", broken)

    command = _deploy(models, "--overwrite", "--label=birds=stable:1")
    assert run_tfragan(*command) == 2
    assert config.read_text("utf-8") == before
    assert sorted(path.name for path in models.parent.iterdir()) == [
        "deploy",
        "serving",
    ]


def test_what_the_models_lack_is_said(models, capsys):
    write_version(
        models,
        "words",
        1,
        warmup=False,
        needs={"tensorflow_text": ["CaseFoldUTF8"]},
    )
    succeed(*_deploy(models))

    out = capsys.readouterr().out
    assert "words/1 needs the ops of tensorflow_text" in out
    assert "words/1 has no requests to warm up with" in out
    assert "birds/2 has" not in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--label=birds"], "expected MODEL=LABEL:VERSION"),
        (["--label=birds=stable:x"], "expected MODEL=LABEL:VERSION"),
        (
            ["--label=birds=stable:1", "--label=birds=stable:2"],
            "received stable twice",
        ),
        (["--label=cats=stable:1"], "expected one of the models birds"),
        (["--label=birds=stable:3"], "expected one of the versions 1, 2"),
        (["--label=birds=my/label:1"], "label of birds: expected a name"),
        (["--name=my_birds"], "name: expected at most 50 small letters"),
        ([f"--name={'a' * 51}"], "name: expected at most 50 small letters"),
        (["--cpus=0"], "cpus: expected at least 1"),
        (["--memory=0"], "memory: expected at least 1"),
        (["--server_version=latest"], "expected a number such as"),
    ],
)
def test_bad_values_end_with_2_and_one_sentence(
    models, refusal, arguments, sentence
):
    assert sentence in refusal(*_deploy(models, *arguments))
    assert not (models.parent / "deploy").exists()
    assert [path.name for path in models.parent.iterdir()] == ["serving"]
