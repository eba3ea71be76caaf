import keras
import pytest

from tfragan.layers.recorded_config import RecordedLayer
from tfragan.layers.recorded_config import recorded_arguments
from tfragan.layers.recorded_config import recorded_config


class Scale(RecordedLayer):
    def __init__(self, factor=2.0, *, initializer="ones", **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.initializer = keras.initializers.get(initializer)


class Shift(Scale):
    def __init__(self, offset, **kwargs):
        super().__init__(**kwargs)
        self.offset = offset


class Fixed(Scale):
    def __init__(self):
        super().__init__(factor=3.0)


def test_arguments_and_defaults_of_a_layer_and_its_parents_are_recorded():
    layer = Shift(1, factor=5.0, name="shift")
    config = layer.get_config()
    assert {name: config[name] for name in ("offset", "factor", "name")} == {
        "offset": 1,
        "factor": 5.0,
        "name": "shift",
    }
    assert config["initializer"]["class_name"] == "Ones"
    assert Shift.from_config(config).get_config() == config


def test_what_a_constructor_does_not_take_is_left_out():
    assert recorded_arguments(Fixed) == []


def test_an_argument_that_is_not_kept_is_named():
    class Forgetful(keras.layers.Layer):
        def __init__(self, units):
            super().__init__()

    with pytest.raises(AttributeError, match="units"):
        recorded_config(Forgetful(3))
