"""Names of models that were given none."""

import re


def fixed_name(cls):
    """The name of a model that was given none, without a number.

    TensorFlow keeps 36 KB for each name that a variable was ever made with.
    Keras counts its models, `attn_gan_1`, so that each model that is gone
    would leave 10 MB behind.

    Args:
        cls: the class of the model.

    Returns:
        Its name in small letters, as of Keras' first one.

    Example:

    >>> fixed_name(type("AttnGAN", (), {}))
    'attn_gan'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()
