"""Configs are found, overridden with types, compared and kept as JSON."""

import hashlib
import json

import ml_collections
import pytest
from absl import flags

from tfragan.cli import config_file
from tfragan.cli.errors import UsageError
from tfragan.cli.experiment import open_experiment
from tfragan.cli.runs import open_run
from tfragan.run_folder import RunFolder
from tfragan.run_folder import differing_keys
from tfragan.run_folder import flatten_config

# SHA-256 of the values of each config, and of `:tiny`. A change on purpose is
# told in CHANGELOG.md: runs are repeated by the names of configs.
_DIGESTS = {
    "attngan_avatars": ("880d07f8", "6a35ecd6"),
    "attngan_coco": ("460cace0", "e0435c03"),
    "attngan_cub": ("e47e0490", "fd813f1a"),
    "attngan_cub64": ("2e3d86ea", "4e1dd46d"),
    "attngan_dcgan_cub": ("60640266", "cc4bb2ab"),
    "attngan_emoji": ("903ccccf", "c7bb2fd1"),
    "attngan_folder": ("479072ff", "fd813f1a"),
    "cyclegan": ("48c5d072", "9b30c604"),
    "cyclegan_avatars": ("02186565", "a06a6610"),
    "cyclegan_cat2dog": ("9d04364d", "9b30c604"),
    "cyclegan_emoji": ("85a9c127", "a06a6610"),
    "damsm_avatars": ("78ba6e5e", "b7a4c975"),
    "damsm_coco": ("5c70c501", "49c85d64"),
    "damsm_cub": ("60722715", "461076a9"),
    "damsm_cub64": ("dbe0e9c6", "71e285f4"),
    "damsm_emoji": ("13bea7c5", "a309aa7e"),
    "damsm_folder": ("52bb37e1", "71e285f4"),
    "dfgan_avatars": ("10fc024e", "0b1c69de"),
    "dfgan_coco": ("335aa94b", "fe4a65c6"),
    "dfgan_cub": ("d9847d87", "fe4a65c6"),
    "dfgan_emoji": ("b8be6e2b", "255538c3"),
    "dmgan_avatars": ("e7916f10", "b2323c22"),
    "dmgan_coco": ("b411133c", "87270bae"),
    "dmgan_cub": ("9a35bb33", "291cbabb"),
    "dmgan_cub64": ("5f69e87c", "16b71e6e"),
    "ragan_colorize_avatars": ("5f649782", "33d79da5"),
    "ragan_colorize_cub": ("3ae1720a", "0bc82fe3"),
    "ragan_colorize_cub64": ("721a9460", "8baba073"),
    "ragan_cub": ("f0f4f0e4", "637a9d77"),
    "ragan_cub64": ("885870c8", "340b4fd7"),
    "ragan_edit_avatars": ("0b8dc13b", "55ec62cb"),
    "ragan_emoji": ("0dac9ad5", "783e1086"),
    "ragan_noto2twemoji": ("4a1b3b9e", "d6872b24"),
    "ssagan_avatars": ("f1502389", "bc04bc90"),
    "ssagan_coco": ("0f1eceae", "f6d696fe"),
    "ssagan_cub": ("fac15268", "f6d696fe"),
    "ssagan_cub64": ("d1745595", "476b2bd8"),
    "ssagan_emoji": ("28358402", "c6fc1d00"),
    "ssagan_finetune_coco": ("a6d68877", "04f3e238"),
    "ssagan_finetune_cub": ("68fc606b", "04f3e238"),
    "ugatit": ("ccfcdc9f", "a1761522"),
    "ugatit_avatars": ("e0edd47b", "57b59809"),
    "ugatit_cat2dog": ("fc495148", "8542fd6b"),
    "ugatit_emoji": ("f9e36657", "391696a2"),
    "ugatit_folder": ("3256093e", "8542fd6b"),
    "ugatit_light": ("feebc22a", "8542fd6b"),
}
# Settings that came later, as they have to be for older runs to go on.
_LATER = {
    "optimizer.schedule": "constant",
    "network.augment": "",
    "network.damsm_weight": 0.0,
    "network.encoder_normalization": "instance",
    "network.kl_weight": 1.0,
    "network.disturb": False,
    "network.forget_bias": 0.0,
    "network.projected": False,
    "network.start": "published",
    "network.penalty_of_sentences": True,
    "network.change_mask": False,
    "network.change_weight": 0.0,
    "data.near_misses": 0,
    "network.average_rises": False,
    "sync_batch_norm": True,
}
_MODEL = """
from tfragan import models

class MyGAN(models.DFGAN):
    config_name = None
    published_config = {"batch_size": 3, "steps": 9}
    tiny = {"image_size": 16}
"""
_CONFIG = """
from tfragan.configs import defaults

def get_config(arg=""):
    return defaults.finish(defaults.published("my_gan_of_test:MyGAN"), arg)
"""


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
    run = RunFolder(tmp_path)
    run.write_config(_config().to_dict())
    read = config_file.read(tmp_path)

    assert read.to_dict() == _config().to_dict()
    assert flatten_config(read) == flatten_config(_config())
    assert list(tmp_path.iterdir()) == [run.config_path]


def test_differences_are_named_by_their_paths():
    other = _override("--config.data.source=cub", "--config.batch_size=4")

    assert differing_keys(flatten_config(_config()), flatten_config(other)) == [
        "batch_size",
        "data.source",
    ]


def test_an_option_that_came_after_a_run_has_to_be_off(tmp_path):
    config = config_file.load("attngan_emoji:tiny")
    older = config.to_dict()
    del older["network"]["average_rises"]
    RunFolder(tmp_path).create().write_config(older)
    open_run(tmp_path, config)

    config.network.average_rises = True
    with pytest.raises(UsageError, match=r"values of network\.average_rises:"):
        open_run(tmp_path, config)


def test_the_description_marks_what_was_changed():
    other = _override("--config.batch_size=4")
    lines = config_file.describe(other, _config()).splitlines()

    assert lines == [
        "batch_size = 4 [default: 8]",
        "data.sizes = [16, 32]",
        "data.source = 'emoji'",
    ]


@pytest.mark.parametrize("name", config_file.config_names())
def test_configs_have_the_values_that_they_always_had(name):
    found = []
    for argument in ("", ":tiny"):
        values = {
            key: value
            for key, value in flatten_config(
                config_file.load(f"{name}{argument}")
            ).items()
            if _LATER.get(key, ...) != value
        }
        text = json.dumps(values, sort_keys=True)
        found.append(hashlib.sha256(text.encode()).hexdigest()[:8])
    assert tuple(found) == _DIGESTS[name]


def test_a_model_and_a_config_of_ones_own_are_two_files(tmp_path):
    (tmp_path / "my_gan_of_test.py").write_text(_MODEL)
    path = tmp_path / "mine.py"
    path.write_text(_CONFIG)
    config = config_file.load(str(path))
    assert (config.batch_size, config.steps, config.epochs) == (3, 9, 0)
    assert config.network.image_size == 256
    assert "damsm" not in config.network
    experiment = open_experiment(config_file.load(f"{path}:tiny"))
    assert experiment.config.network.image_size == 16
    assert experiment.model_class.__name__ == "MyGAN"


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("attngen", "Did you mean 'attngan'"),
        ("no_such_package:MyGAN", "cannot be imported"),
        ("json:JSONDecoder", "must be a subclass"),
    ],
)
def test_models_that_are_none_are_refused(model, sentence):
    config = config_file.load("attngan_emoji").copy_and_resolve_references()
    config.model = model
    with pytest.raises(UsageError, match=sentence):
        open_experiment(config)
