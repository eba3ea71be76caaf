"""`tfragan deploy` writes everything or nothing, and says what is missing."""

import os
import pathlib

import pytest

from tests.cli.conftest import run_tfragan
from tests.export.exported_folder import write_version
from tfragan.export.deployment import FILES


@pytest.fixture
def models(tmp_path):
    write_version(tmp_path / "serving", "birds", 1)
    write_version(tmp_path / "serving", "birds", 2)
    return tmp_path / "serving"


def _deploy(models, *more):
    return run_tfragan(
        "deploy",
        f"--models={models}",
        f"--output={models.parent / 'deploy'}",
        *more,
    )


def _files(folder):
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    )


def test_all_files_are_written_and_nothing_is_left_beside(models, capsys):
    assert _deploy(models) == 0

    assert _files(models.parent / "deploy") == sorted(FILES)
    assert sorted(path.name for path in models.parent.iterdir()) == [
        "deploy",
        "serving",
    ]
    assert "kubectl apply -k" in capsys.readouterr().out


def test_the_newest_version_is_served_or_those_with_labels(models):
    config = models.parent / "deploy" / "models.config"
    assert _deploy(models) == 0
    newest = config.read_text("utf-8")
    assert (
        _deploy(models, "--overwrite", "--label=birds=stable:1", "--cpus=2")
        == 0
    )
    labelled = config.read_text("utf-8")

    assert "versions: 2" in newest
    assert "versions: 1" not in newest
    assert '{ key: "stable" value: 2 }' in newest
    assert "versions: 1" in labelled
    assert "versions: 2" not in labelled
    assert _files(models.parent / "deploy") == sorted(FILES)


def test_labels_are_of_whole_versions_beside_half_copied_ones(models, capsys):
    (models / "birds" / "3").mkdir()
    labels = ("--label=birds=stable:1", "--label=birds=canary:2")

    assert _deploy(models, *labels) == 0
    capsys.readouterr()
    assert _deploy(models, "--overwrite") == 2
    assert "birds/3: expected a SavedModel" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("mask", "mode"), [(0o077, 0o700), (0o022, 0o755), (0, 0o777)]
)
def test_modes_follow_the_umask(models, mask, mode):
    before = os.umask(mask)
    try:
        assert _deploy(models) == 0
    finally:
        os.umask(before)
    folder = models.parent / "deploy"

    def mode_of(name):
        return (folder / name).stat().st_mode & 0o777

    assert mode_of("") == mode_of("kubernetes") == mode
    assert mode_of("compose.yaml") == mode & 0o666
    assert mode_of("probe.sh") == (mode & 0o666) | (mode & 0o111)


def test_an_earlier_deployment_is_kept_without_overwrite(models, capsys):
    assert _deploy(models) == 0
    config = models.parent / "deploy" / "models.config"
    config.write_text("changed by hand")

    assert _deploy(models, "--label=birds=stable:1") == 2
    assert "--overwrite replaces" in capsys.readouterr().err
    assert config.read_text() == "changed by hand"


def test_a_folder_with_anything_else_is_never_overwritten(models, capsys):
    assert _deploy(models) == 0
    own = models.parent / "deploy" / "kubernetes" / "own.yaml"
    own.write_text("kind: Secret")

    assert _deploy(models, "--overwrite") == 2
    assert "found kubernetes/own.yaml" in capsys.readouterr().err
    assert own.read_text() == "kind: Secret"


@pytest.mark.parametrize("place", [".", "deploy", "birds/deploy"])
def test_nothing_is_written_among_the_models(models, capsys, place):
    before = _files(models)
    status = run_tfragan(
        "deploy",
        f"--models={models}",
        f"--output={models / place}",
        "--overwrite",
    )

    assert status == 2
    assert "expected a folder outside of" in capsys.readouterr().err
    assert _files(models) == before


def test_a_failed_replacement_leaves_the_earlier_deployment(
    models, monkeypatch
):
    assert _deploy(models) == 0
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

    assert _deploy(models, "--overwrite", "--label=birds=stable:1") == 2
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
    assert _deploy(models) == 0

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
    models, capsys, arguments, sentence
):
    assert _deploy(models, *arguments) == 2

    err = capsys.readouterr().err
    assert sentence in err
    assert err.count("\n") == 1
    assert not (models.parent / "deploy").exists()
    assert [path.name for path in models.parent.iterdir()] == ["serving"]
