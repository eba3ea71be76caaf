"""Models that translate unpaired images, as they are measured."""

import numpy as np

from benchmarks.photographs import PORTRAIT
from benchmarks.photographs import photographs
from benchmarks.subject import Subject

_DIRECTION = "ab"


class _TranslationSubject(Subject):
    """A model of two domains; of its directions, one is called and served."""

    # A step takes an image of each domain.
    images_per_sample = 2

    def generator(self, batch_size):
        import tensorflow as tf

        generator = self._one_generator()
        size = self.options["image_size"]
        shape = (batch_size, size, size, 3)
        noise = tf.random.stateless_uniform(shape, (0, 0), -1.0, 1.0)

        def images(inputs):
            return [generator(inputs, training=False)["image"]]

        return images, (noise,)

    def _one_generator(self):
        name = f"generator_{_DIRECTION}"
        generator = self.model_class().generator_from_config(self.options, name)
        generator.build()
        return generator

    def export(self, folder, **options):
        from tfragan import export

        model = self.model()
        path = export.saved_model(
            model, folder, direction=_DIRECTION, **options
        )
        return path, model.image_size

    def request(self, count):
        import tensorflow as tf

        return {"image_bytes": tf.constant(photographs(count, PORTRAIT))}

    def caller(self):
        from tfragan.models.translation import translate_images

        generator = self._one_generator()
        size = self.options["image_size"]
        draw = np.random.default_rng(0)
        photo = draw.integers(0, 256, (1, size, size, 3), np.uint8)

        def call(count):
            photos = np.repeat(photo, count, axis=0)
            return translate_images(generator, photos, batch_size=count)

        return call


class UGATITSubject(_TranslationSubject):
    """U-GAT-IT; options are those of `tfragan.models.UGATIT`."""

    def model_class(self):
        from tfragan.models import UGATIT

        return UGATIT

    def published_step(self, model):
        from benchmarks.published_form import ugatit_step

        return lambda batch: ugatit_step(model, batch)


class CycleGANSubject(_TranslationSubject):
    """CycleGAN; options are those of `tfragan.models.CycleGAN`."""

    def model_class(self):
        from tfragan.models import CycleGAN

        return CycleGAN
