"""Models that read captions with the text encoder of a DAMSM."""

from tfragan.models.adversarial_model import AdversarialModel
from tfragan.models.damsm.damsm import DAMSM


class DAMSMGuidedModel(AdversarialModel):
    """An adversarial model with a `DAMSM`, or with None.

    A subclass has a constructor argument `damsm`.

    Args:
        loss_terms: see `TrainingModel`.
        damsm: a trained `DAMSM`, or None.
        seed: see `TrainingModel`.
    """

    def __init__(self, loss_terms, damsm, seed=0, **kwargs):
        super().__init__(loss_terms, seed, **kwargs)
        self.damsm = damsm

    @property
    def tokenizer(self):
        """The tokenizer of the captions, or None without a DAMSM."""
        return None if self.damsm is None else self.damsm.tokenizer

    def damsm_parts_of_preset(self):
        """The encoders, for `preset_parts`."""
        if self.damsm is None:
            return {}
        return {
            "text_encoder": self.damsm.text_encoder,
            "image_encoder": self.damsm.image_encoder,
        }

    @classmethod
    def from_preset_config(cls, config, tokenizer):
        damsm = config["damsm"]
        if damsm is not None:
            damsm = DAMSM.from_preset_config(damsm, tokenizer)
        return cls.from_config({**config, "damsm": damsm})
