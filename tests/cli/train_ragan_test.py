"""RAGAN trains through the same command as everything else."""

import pytest

from tests.cli.conftest import run_tfragan
from tfragan.cli import config_file
from tfragan.cli.experiment import open_experiment
from tfragan.optimizers import LinearDecay


def _build(name="ragan_emoji:tiny", **values):
    config = config_file.load(name).copy_and_resolve_references()
    config.update_from_flattened_dict(values)
    return open_experiment(config).build()


def test_labels_and_attributes_are_counted_in_the_data():
    built = _build()
    assert built.model.labels == 9 + 2
    assert built.batch_spec(3)["label_ids"].shape == (3, 2)
    assert built.describe_batch() == "2 images"
    assert "2 labels of vendor of emoji" in built.describe_data()


def test_pairs_have_inputs_in_color():
    built = _build(
        **{
            "network.supervised": True,
            "network.guidance": "image_label",
            "data.kind": "pairs",
        }
    )
    assert built.model.input_channels == 3
    spec = built.batch_spec(2)
    batch = next(iter(built.train.batches(2, **built.batch_options())))
    assert set(spec) == {"images", "inputs", "label_ids"}
    for name in ("inputs", "label_ids"):
        assert spec[name].shape == batch[name].shape, name
    # With an encoder the generator moves twice a step.
    rates = {
        name: optimizer._learning_rate
        for name, optimizer in built.model.optimizers().items()
    }
    assert all(isinstance(rate, LinearDecay) for rate in rates.values())
    per_epoch = built.steps_per_epoch
    assert {
        name: rate.steps_per_period // per_epoch for name, rate in rates.items()
    } == {
        "generator_optimizer": 2,
        "discriminator_optimizer": 1,
        "encoder_optimizer": 1,
    }


def test_less_memory_is_a_matter_of_one_value():
    changes = _build("ragan_noto2twemoji:tiny").alternatives()
    assert {"batch_size": 1} in changes
    assert {"network.image_size": 16} in changes
    assert all(len(change) == 1 for change in changes)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--config.data.kind=captions",), "learns from labels"),
        (("--config.network.guidance=labels",), "guided by text, label, image"),
        (("--layout=cub",), "data of labels has its own layout"),
        (("--config.optimizer.schedule=rgan",), "Did you mean 'ragan'?"),
        (("--config.network.guidance=text",), "config.damsm"),
    ],
)
def test_bad_values_end_with_2_and_leave_no_folder(
    tmp_path, capsys, flags, sentence
):
    status = run_tfragan(
        "train",
        "--config=ragan_emoji:tiny",
        f"--workdir={tmp_path / 'run'}",
        *flags,
    )
    message = capsys.readouterr().err
    assert status == 2
    assert sentence in message
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
