"""A SavedModel without a network: it answers what it was asked."""

import tensorflow as tf

_TEXT = tf.TensorSpec((None,), tf.string)
_NUMBERS = tf.TensorSpec((None,), tf.int32)
_ROWS = tf.TensorSpec((None, 3), tf.float32)
_PIXELS = tf.TensorSpec((None, 2, 2, 3), tf.uint8)


class _Toy(tf.Module):
    """See the functions; `version` is part of some answers."""

    def __init__(self, version):
        super().__init__()
        self.version = tf.Variable(version)

    @tf.function(input_signature=[_TEXT, _NUMBERS])
    def caption_and_seed(self, caption, seed):
        """Refuses the caption `bad`, whoever else is in the batch."""
        tf.debugging.assert_equal(tf.size(caption), tf.size(seed))
        good = tf.reduce_all(tf.not_equal(caption, "bad"))
        check = tf.debugging.Assert(good, ["a bad caption"])
        with tf.control_dependencies([check]):
            parts = [tf.as_string(self.version), caption, tf.as_string(seed)]
        return {"image_bytes": tf.strings.join(parts, ":")}

    @tf.function(input_signature=[_ROWS])
    def several(self, x):
        return {
            "half": x / 2,
            "sum": tf.reduce_sum(x, 1),
            "text": tf.as_string(x),
        }

    @tf.function(input_signature=[_TEXT])
    def length(self, image_bytes):
        return {"length": tf.strings.length(image_bytes)}

    @tf.function(input_signature=[_PIXELS])
    def pixels(self, images):
        return {"images": 255 - images}

    @tf.function(input_signature=[tf.TensorSpec((), tf.int64)])
    def scalar(self, x):
        return {"y": x + 1}

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.float64)])
    def slow(self, seconds):
        """Keeps a core busy for that long, and leaves some of it."""
        end = tf.timestamp() + tf.reduce_max(seconds)
        tf.while_loop(
            lambda now: now < end,
            lambda _: _work(),
            [tf.timestamp()],
            parallel_iterations=1,
        )
        return {"slept": seconds}


def _work():
    work = tf.linalg.matmul(tf.ones((64, 64)), tf.ones((64, 64)))
    with tf.control_dependencies([work]):
        return tf.timestamp()


def save_toy(folder, version):
    """Saves `<folder>/<version>/`, complete or not at all, and returns it."""
    toy = _Toy(version)
    beside = folder / f".{version}"
    tf.saved_model.save(
        toy,
        str(beside),
        {
            "serving_default": toy.caption_and_seed,
            "several": toy.several,
            "length": toy.length,
            "pixels": toy.pixels,
            "scalar": toy.scalar,
            "slow": toy.slow,
        },
    )
    return beside.rename(folder / str(version))
