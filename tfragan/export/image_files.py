"""Image files in a request."""

import tensorflow as tf

from tfragan.data.image_augmentation import decode_image

# Of no picture; decoders look that far before they say what is wrong.
_SHORTEST_FILE = 25
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def file_decoder(prepare, specs, name="image_bytes"):
    """A function of a request's files, JPEG or PNG, to pictures.

    Args:
        prepare: function of an image, uint8 `(height, width, 3)`, to what is
            made of it, a tensor or several.
        specs: the `tf.TensorSpec` of what is made.
        name: what errors call the files.

    Returns:
        A `tf.function` of strings `(batch,)`.
    """

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
    def decode_all(files):
        return tf.map_fn(
            lambda contents: prepare(decode_image(_checked(contents, name))),
            files,
            fn_output_signature=specs,
        )

    return decode_all


def _checked(contents, name):
    """Says what is wrong with other files before a decoder does."""
    known = tf.reduce_any(
        [
            tf.equal(tf.strings.substr(contents, 0, len(start)), start)
            for start in _BEGINNINGS
        ]
    )
    whole = tf.strings.length(contents) >= _SHORTEST_FILE
    message = f"{name} must be JPEG or PNG files, received another"
    check = tf.debugging.Assert(known & whole, [message])
    with tf.control_dependencies([check]):
        return tf.identity(contents)
