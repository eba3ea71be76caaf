"""RAGAN, as it is measured."""

import numpy as np

from benchmarks.photographs import PORTRAIT
from benchmarks.photographs import photographs
from benchmarks.text_to_image import CaptionSubject
from benchmarks.text_to_image import sample_caption


class RAGANSubject(CaptionSubject):
    """A RAGAN guided by text; options are those of `tfragan.models.RAGAN`."""

    def model_class(self):
        from tfragan.models import RAGAN

        return RAGAN

    def generator(self, batch_size):
        import tensorflow as tf

        model = self.model()
        generator = model.generator
        size, words = model.image_size, model.tokenizer.max_words
        shapes = [
            (batch_size, size, size, generator.input_channels),
            (batch_size, generator.embedding_dim),
            (batch_size, words, generator.embedding_dim),
        ]
        if generator.code_dim:
            shapes.append((batch_size, generator.code_dim))
        inputs = tuple(
            tf.random.stateless_uniform(shape, (0, index), -1.0, 1.0)
            for index, shape in enumerate(shapes)
        )

        def images(images, sentence, words, code=None):
            outputs = generator(
                images, sentence, words, None, code, training=False
            )
            return outputs["images"]

        return images, inputs

    def export(self, folder, **options):
        from tfragan import export

        model = self.model()
        return export.saved_model(model, folder, **options), model.image_size

    def request(self, count):
        import tensorflow as tf

        return {
            "image_bytes": tf.constant(photographs(count, PORTRAIT)),
            "caption": tf.constant([sample_caption()] * count),
        }

    def caller(self):
        model = self.model()
        size = model.image_size
        photo = np.random.default_rng(0).integers(0, 256, (1, size, size, 3))

        def call(count):
            photos = np.repeat(photo.astype(np.uint8), count, axis=0)
            captions = [sample_caption()] * count
            return model.translate(photos, captions, batch_size=count)["image"]

        return call
