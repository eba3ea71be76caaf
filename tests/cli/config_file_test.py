"""Configs are found, overridden with types, compared and kept as JSON."""

import ml_collections
import pytest
from absl import flags

from tfragan.cli import config_file
from tfragan.cli.errors import UsageError


def _config():
    return ml_collections.ConfigDict(
        {"batch_size": 8, "data": {"source": "emoji", "sizes": (16, 32)}}
    ).lock()


def _override(*arguments):
    config = _config()
    config_file.override(config, ["train", *arguments], flags.FlagValues())
    return config


def test_overrides_keep_the_type_of_the_value():
    config = _override("--config.batch_size=16", "--config.data.sizes=(8,)")

    assert config.batch_size == 16
    assert config.data.sizes == (8,)


@pytest.mark.parametrize(
    ("argument", "suggestion"),
    [
        ("--config.batch_siz=16", "Did you mean 'batch_size'?"),
        ("--config.data.sorce=cub", "Did you mean 'data.source'?"),
    ],
)
def test_mistyped_keys_are_refused_with_a_suggestion(argument, suggestion):
    with pytest.raises(UsageError, match="no such key") as caught:
        _override(argument)

    assert suggestion in str(caught.value)


def test_a_bare_name_finds_the_file_of_the_package():
    assert config_file.load("attngan_emoji").model == "attngan"


def test_unknown_names_get_a_suggestion_and_the_list():
    with pytest.raises(UsageError, match="Did you mean 'attngan_emoji'") as e:
        config_file.load("attngan_emojis")

    assert "damsm_cub" in str(e.value)


def test_a_file_without_get_config_is_refused(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n")

    with pytest.raises(UsageError, match="defines no get_config"):
        config_file.load(str(path))


def test_unknown_arguments_of_a_config_are_refused():
    with pytest.raises(UsageError, match="Received: huge"):
        config_file.load("attngan_emoji:huge")


def test_json_keeps_every_value_and_type(tmp_path):
    path = tmp_path / "config.json"
    config_file.save(_config(), path)
    read = config_file.read(path)

    assert read.to_dict() == _config().to_dict()
    assert config_file.differences(read, _config()) == []
    assert list(tmp_path.iterdir()) == [path]


def test_differences_are_named_by_their_paths():
    other = _override("--config.data.source=cub", "--config.batch_size=4")

    assert config_file.differences(_config(), other) == [
        "batch_size",
        "data.source",
    ]


def test_the_description_marks_what_was_changed():
    other = _override("--config.batch_size=4")
    lines = config_file.describe(other, _config()).splitlines()

    assert lines == [
        "batch_size = 4 [default: 8]",
        "data.sizes = [16, 32]",
        "data.source = 'emoji'",
    ]
