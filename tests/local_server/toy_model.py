"""SavedModels without a network, for a preview."""

import tensorflow as tf

SIZE = 16
WORDS = 4
_TEXT = tf.TensorSpec((None,), tf.string)
_NUMBERS = tf.TensorSpec((None,), tf.int32)


def _files(paint, elements):
    return tf.map_fn(
        lambda one: tf.io.encode_png(paint(one)),
        elements,
        fn_output_signature=tf.TensorSpec((), tf.string),
    )


class _Painter(tf.Module):
    """Paints a square as bright as the seed, and looks at words in turn."""

    @tf.function(input_signature=[_TEXT, _NUMBERS])
    def draw(self, caption, seed):
        good = tf.reduce_all(tf.not_equal(caption, "bad"))
        with tf.control_dependencies([tf.debugging.Assert(good, ["is bad"])]):
            levels = tf.cast(seed % 256, tf.uint8)
        return {
            "image_bytes": _files(
                lambda level: tf.fill((SIZE, SIZE, 3), level), levels
            )
        }

    @tf.function(input_signature=[_TEXT, _NUMBERS])
    def with_attention(self, caption, seed):
        words = tf.strings.split(caption).to_tensor("")
        words = tf.pad(words, [[0, 0], [0, WORDS]])[:, :WORDS]
        words = tf.ensure_shape(words, (None, WORDS))
        # The place of the brightest column is that of the word.
        maps = tf.eye(WORDS)[tf.newaxis, tf.newaxis]
        maps = tf.tile(maps, [tf.shape(words)[0], WORDS, 1, 1])
        return {
            **self.draw(caption, seed),
            "words": words,
            "attention_map_4": maps,
        }

    @tf.function(input_signature=[_NUMBERS])
    def with_size(self, size):
        return {"area": size**2}

    @tf.function(input_signature=[_NUMBERS])
    def with_many(self, count):
        return {"zeros": tf.zeros((tf.reduce_max(count),))}

    @tf.function(input_signature=[tf.TensorSpec((), tf.int64)])
    def with_scalar(self, x):
        return {"y": x + 1}

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.float64)])
    def with_delay(self, seconds):
        """Keeps a core busy for that long."""
        end = tf.timestamp() + tf.reduce_max(seconds)

        def work(_):
            ones = tf.ones((64, 64))
            with tf.control_dependencies([tf.linalg.matmul(ones, ones)]):
                return tf.timestamp()

        tf.while_loop(lambda now: now < end, work, [tf.timestamp()])
        return {"slept": seconds}


class _Translator(tf.Module):
    """Turns photos to their negative, and shows the photo as its heat map."""

    @tf.function(input_signature=[_TEXT])
    def ab(self, image_bytes):
        def negative(contents):
            return 255 - tf.io.decode_png(contents, channels=3)

        return {"image_bytes": _files(negative, image_bytes)}

    @tf.function(input_signature=[_TEXT])
    def ab_with_attention(self, image_bytes):
        return {**self.ab(image_bytes), "heat_map_bytes": image_bytes}


def _save(model, path, **signatures):
    tf.saved_model.save(model, str(path), signatures)


def save_painter(path):
    """Saves a model of captions as the folder `path`."""
    model = _Painter()
    names = ("attention", "size", "many", "scalar", "delay")
    signatures = {
        f"with_{name}": getattr(model, f"with_{name}") for name in names
    }
    _save(model, path, serving_default=model.draw, **signatures)


def save_translator(path):
    """Saves a model of photos as the folder `path`."""
    model = _Translator()
    _save(model, path, ab=model.ab, ab_with_attention=model.ab_with_attention)
