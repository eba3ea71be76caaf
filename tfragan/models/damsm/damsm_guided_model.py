"""Models that read captions with the text encoder of a DAMSM."""

import tensorflow as tf

from tfragan.models.adversarial_model import AdversarialModel
from tfragan.models.damsm.damsm import DAMSM
from tfragan.models.damsm.image_disturbance import disturbed_images

DAMSM_TERMS = ("loss/damsm_words", "loss/damsm_sentence")
# Models draw their noise from the first few.
_DISTURBANCE_STREAM = 9


class DAMSMGuidedModel(AdversarialModel):
    """An adversarial model with a `DAMSM`, or with None.

    A subclass has a constructor argument `damsm`. Its encoders do not learn
    here, and the `DAMSM` itself stays as it is: that it is frozen concerns
    the variables of this model alone.

    Args:
        loss_terms: see `TrainingModel`.
        damsm: a trained `DAMSM`, or None.
        seed: see `TrainingModel`.

    Attributes:
        damsm: the `DAMSM`; in a model whose encoders learn a copy of it.
        damsm_learns: whether its encoders learn.
    """

    damsm_learns = False

    def __init__(self, loss_terms, damsm, seed=0, **kwargs):
        super().__init__(loss_terms, seed, **kwargs)
        self.damsm = damsm

    def matched_embeddings(self, batch, made):
        """Embeddings of generated images and of their sentences.

        Args:
            batch: dict of tensors, with `token_ids`.
            made: the `Fakes` of it.

        Returns:
            Two tensors `(batch, dim)`.

        Raises:
            ValueError: there is no DAMSM.
        """
        if self.damsm is None:
            raise ValueError(
                "Without a DAMSM there are no embeddings to be compared."
            )
        _, sentence = self.damsm.text_encoder(
            batch["token_ids"], training=False
        )
        images = self.compared_images(batch, made)[1]
        _, embedding = self.damsm.image_encoder(images, training=False)
        return embedding, sentence

    def matching_losses(
        self,
        images,
        words,
        sentence,
        batch,
        replica,
        parts,
        gamma1=None,
        near_misses=None,
        training=True,
    ):
        """The matching losses of generated images.

        Args:
            images: `(batch, size, size, 3)` in [-1, 1].
            words: word embeddings `(batch, words, dim)`.
            sentence: sentence embeddings `(batch, dim)`.
            batch: dict with `token_ids` and `class_ids`.
            replica: the `Replica`.
            parts: which are taken, of `"words"` and `"sentence"`.
            gamma1: see `DAMSM.matching_terms`.
            near_misses: see `DAMSM.matching_terms`.
            training: whether a DAMSM that asks for it sees disturbed images.

        Returns:
            Dict of `loss/damsm_words` and `loss/damsm_sentence`: this
            replica's share of each, zero where it is not taken.
        """
        losses = {name: tf.zeros(()) for name in DAMSM_TERMS}
        if not parts:
            return losses
        if self.damsm.disturb and training:
            images = disturbed_images(
                images,
                self.seed,
                self.global_step.value,
                _DISTURBANCE_STREAM,
                replica,
            )
        regions, image = self.damsm.image_encoder(images, training=False)
        terms = self.damsm.matching_terms(
            words,
            sentence,
            batch["token_ids"],
            regions,
            image,
            batch["class_ids"],
            replica,
            parts,
            gamma1,
            near_misses,
        )
        for part, pair in terms.items():
            losses[f"loss/damsm_{part}"] = replica.share(tf.add_n(pair))
        return losses

    @property
    def trainable_variables(self):
        variables = super().trainable_variables
        damsm = getattr(self, "damsm", None)
        if damsm is None or self.damsm_learns:
            return variables
        frozen = {id(one) for one in damsm.variables}
        return [one for one in variables if id(one) not in frozen]

    @property
    def trainable_weights(self):
        return self.trainable_variables

    @property
    def non_trainable_variables(self):
        learning = {id(one) for one in self.trainable_variables}
        return [one for one in self.variables if id(one) not in learning]

    @property
    def non_trainable_weights(self):
        learning = {id(one) for one in self.trainable_variables}
        return [one for one in self.weights if id(one) not in learning]

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


def copied_damsm(damsm):
    """A `DAMSM` with the same weights, for encoders that are to learn.

    The one that is given may be that of other models, too.
    """
    copy = DAMSM.from_config(damsm.get_config())
    for weight, value in zip(copy.weights, damsm.weights, strict=True):
        weight.assign(value)
    return copy
