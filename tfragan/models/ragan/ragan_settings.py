"""What RAGAN can be guided by, and what each way needs."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Setting:
    """One way of guiding the generator.

    Attributes:
        supervised: whether there is a target image for every input.
        source: what the sentence and word embeddings are made of: `"text"`,
            `"label"` or `"image"`.
        code: what is appended to the sentence embedding: nothing, the
            `"background"` code of an image, or the one-hot `"domain"`.
        identity: whether an image with its own guidance should stay itself.
    """

    supervised: bool
    source: str
    code: str = ""
    identity: bool = False

    @property
    def has_encoder(self):
        """Whether an image encoder is trained with the generator."""
        return self.source == "image" or self.code == "background"

    @property
    def conditional(self):
        """Whether the discriminators look at the guidance."""
        return self.source != "image"

    @property
    def both_ways(self):
        """Whether images of two domains go both ways."""
        return self.code == "domain"


_SETTINGS = {
    (False, "text"): Setting(False, "text", identity=True),
    (False, "label"): Setting(False, "label"),
    (False, "image"): Setting(False, "image", "domain"),
    (True, "text"): Setting(True, "text"),
    (True, "label"): Setting(True, "label"),
    (True, "image"): Setting(True, "image"),
    (True, "image_text"): Setting(True, "text", "background"),
    (True, "image_label"): Setting(True, "label", "background"),
}


def find_setting(supervised, guidance):
    """The setting of a pair of arguments.

    Args:
        supervised: whether there is a target image for every input.
        guidance: name of the guidance.

    Returns:
        A `Setting`.

    Raises:
        ValueError: for a pair that does not exist.

    >>> find_setting(True, "image_text").has_encoder
    True
    """
    setting = _SETTINGS.get((bool(supervised), guidance))
    if setting is None:
        kind = "supervised" if supervised else "unsupervised"
        names = [name for flag, name in _SETTINGS if flag == bool(supervised)]
        raise ValueError(
            f"A RAGAN that is {kind} can be guided by {', '.join(names)}. "
            f"Received: guidance={guidance!r}"
        )
    return setting
