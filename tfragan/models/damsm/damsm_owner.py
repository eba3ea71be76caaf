"""Configuration of models around a DAMSM."""

import keras

from tfragan.models.damsm.damsm import DAMSM
from tfragan.models.preset import PresetMixin


class DAMSMOwner(PresetMixin):
    """A model with an attribute `damsm`, a `DAMSM` or None.

    A subclass adds its arguments to `get_preset_config`.
    """

    @property
    def tokenizer(self):
        """The tokenizer of the captions, or None without a DAMSM."""
        return None if self.damsm is None else self.damsm.tokenizer

    def get_preset_config(self):
        """The config with DAMSM's, without the tokenizer."""
        config = super().get_config()
        damsm = self.damsm and self.damsm.get_preset_config()
        config.update({"damsm": damsm, "seed": self.seed})
        return config

    @classmethod
    def _from_preset_config(cls, config, tokenizer):
        damsm = config["damsm"]
        if damsm is not None:
            damsm = DAMSM.from_config({**damsm, "tokenizer": tokenizer})
        return cls(**{**config, "damsm": damsm})

    def get_config(self):
        damsm = self.damsm and keras.saving.serialize_keras_object(self.damsm)
        return {**self.get_preset_config(), "damsm": damsm}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        if isinstance(config["damsm"], dict):
            config["damsm"] = keras.saving.deserialize_keras_object(
                config["damsm"]
            )
        return cls(**config)
