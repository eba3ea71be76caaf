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
    "attngan_avatars": ("9cea8e4e", "7c545d6f"),
    "attngan_coco": ("460cace0", "90af4501"),
    "attngan_cub": ("e47e0490", "f56af0e5"),
    "attngan_cub64": ("2e3d86ea", "589e0f47"),
    "attngan_dcgan_cub": ("60640266", "d2a0fa9f"),
    "attngan_emoji": ("903ccccf", "9c6d16e7"),
    "attngan_folder": ("479072ff", "f56af0e5"),
    "attngan_shapes": ("208688fe", "9c6d16e7"),
    "cyclegan": ("48c5d072", "9b30c604"),
    "cyclegan_avatars": ("02186565", "a06a6610"),
    "cyclegan_cat2dog": ("9d04364d", "9b30c604"),
    "cyclegan_emoji": ("85a9c127", "a06a6610"),
    "damsm_avatars": ("d09edd69", "39eaf57b"),
    "damsm_coco": ("5c70c501", "06cc5938"),
    "damsm_cub": ("60722715", "7442d899"),
    "damsm_cub64": ("dbe0e9c6", "57bfc761"),
    "damsm_emoji": ("13bea7c5", "e5e8269f"),
    "damsm_folder": ("52bb37e1", "57bfc761"),
    "damsm_shapes": ("e771d43e", "e5e8269f"),
    "dfgan_avatars": ("c45a3f0d", "66ed97d7"),
    "dfgan_coco": ("335aa94b", "3257dea0"),
    "dfgan_cub": ("d9847d87", "3257dea0"),
    "dfgan_emoji": ("b8be6e2b", "df02fd28"),
    "dmgan_avatars": ("c3ba4bc1", "a635155e"),
    "dmgan_coco": ("b411133c", "6107d4c8"),
    "dmgan_cub": ("9a35bb33", "c90798a6"),
    "dmgan_cub64": ("5f69e87c", "4362d8bd"),
    "ragan_colorize_avatars": ("5f649782", "eba1db99"),
    "ragan_colorize_cub": ("3ae1720a", "4500e409"),
    "ragan_colorize_cub64": ("721a9460", "3d04e1e4"),
    "ragan_cub": ("f0f4f0e4", "ed4de56c"),
    "ragan_cub64": ("885870c8", "11d51f84"),
    "ragan_edit_avatars": ("9ded703a", "c343e8b3"),
    "ragan_emoji": ("0dac9ad5", "783e1086"),
    "ragan_noto2twemoji": ("4a1b3b9e", "d6872b24"),
    "ssagan_avatars": ("01312aa8", "efb8198e"),
    "ssagan_coco": ("0f1eceae", "e0d959f0"),
    "ssagan_cub": ("fac15268", "e0d959f0"),
    "ssagan_cub64": ("d1745595", "778b921e"),
    "ssagan_emoji": ("28358402", "fe3d5a30"),
    "ssagan_finetune_coco": ("a6d68877", "ccf38c27"),
    "ssagan_finetune_cub": ("68fc606b", "ccf38c27"),
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
