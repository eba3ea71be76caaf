"""tensorflow-text, which only some kinds of tokenizers need."""


def tensorflow_text_ops():
    """The module `tensorflow_text`, whose import registers its ops."""
    try:
        import tensorflow_text
    except ImportError as error:
        raise ImportError(
            "These captions need tensorflow-text, of the version of "
            "TensorFlow: pip install 'tensorflow-text>=2.21,<2.22'. "
            f"Received: {error}"
        ) from error
    return tensorflow_text
