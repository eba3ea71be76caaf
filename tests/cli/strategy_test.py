"""The strategy follows from the machine, the flag and `TF_CONFIG`."""

import json

import pytest
import tensorflow as tf

from tfragan.cli import strategy
from tfragan.cli.errors import UsageError


def test_one_device_takes_the_default_strategy(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    placement = strategy.pick("none")

    assert placement.strategy is tf.distribute.get_strategy()
    assert placement.chief
    assert placement.description.startswith("one device")


def test_several_workers_without_tf_config_are_refused(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(UsageError, match="TF_CONFIG"):
        strategy.pick("multi_worker")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        (json.dumps({"cluster": {"ps": ["a:1"]}}), "type worker only"),
        (
            json.dumps({"cluster": {"worker": ["a:1"]}, "task": {"index": 4}}),
            "task index of 4",
        ),
    ],
)
def test_a_tf_config_that_cannot_be_used_is_refused(
    monkeypatch, config, message
):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(UsageError, match=message):
        strategy.pick()
