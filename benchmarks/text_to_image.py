"""Models of captioned images, as they are measured."""

from benchmarks.subject import Subject

_WORDS = 18
# Of CUB, the set of birds that the published sizes belong to.
_VOCABULARY = 5450


class CaptionSubject(Subject):
    """A text-to-image model over an untrained DAMSM.

    Args:
        embedding_dim: width of DAMSM's embeddings, as published for birds.
        **options: keyword arguments of the model.
    """

    loop_steps = _WORDS

    def __init__(self, embedding_dim=256, **options):
        super().__init__(**options)
        self.embedding_dim = embedding_dim

    def model(self):
        return self.model_class()(_damsm(self.embedding_dim), **self.options)

    def export(self, folder, **options):
        from tfragan import export

        model = self.model()
        path = export.saved_model(
            model, folder, captions=[sample_caption()], **options
        )
        return path, model.image_sizes[-1]

    def request(self, count):
        import tensorflow as tf

        return {
            "caption": tf.constant([sample_caption()] * count),
            "seed": tf.range(count),
        }

    def caller(self):
        model = self.model()

        def call(count):
            return model.generate([sample_caption()] * count, batch_size=count)

        return call


class AttnGANSubject(CaptionSubject):
    """An AttnGAN.

    Args:
        damsm_weight: weight of the matching losses.
        **options: see `CaptionSubject`.
    """

    def __init__(self, damsm_weight=0.0, **options):
        super().__init__(damsm_weight=damsm_weight, **options)

    def model_class(self):
        from tfragan.models import AttnGAN

        return AttnGAN

    def generator_class(self):
        """The class of the generator."""
        from tfragan.models import AttnGANGenerator

        return AttnGANGenerator

    def generator(self, batch_size):
        import tensorflow as tf

        width = self.embedding_dim
        generator = self.generator_class()(
            width,
            stages=self.options["stages"],
            width=self.options["generator_width"],
        )
        generator.build()
        shapes = [
            (batch_size, width),
            (batch_size, _WORDS, width),
            (batch_size, generator.noise_dim),
            (batch_size, generator.condition_dim),
        ]
        sentence, words, noise, condition_noise = (
            tf.random.stateless_normal(shape, (0, index))
            for index, shape in enumerate(shapes)
        )
        mask = tf.ones((batch_size, _WORDS), tf.bool)

        def images(*inputs):
            return generator(*inputs, training=False)["images"]

        return images, (sentence, words, mask, noise, condition_noise)


class DMGANSubject(AttnGANSubject):
    """A DM-GAN."""

    def model_class(self):
        from tfragan.models import DMGAN

        return DMGAN

    def generator_class(self):
        from tfragan.models import DMGANGenerator

        return DMGANGenerator


class OneStageSubject(CaptionSubject):
    """An SSA-GAN or DF-GAN."""

    def generator(self, batch_size):
        import tensorflow as tf

        generator = self.model().generator
        sentence, noise = (
            tf.random.stateless_normal((batch_size, width), (0, index))
            for index, width in enumerate(
                (generator.embedding_dim, generator.noise_dim)
            )
        )

        def images(*inputs):
            return [generator(*inputs, training=False)["image"]]

        return images, (sentence, noise)


class SSAGANSubject(OneStageSubject):
    """An SSA-GAN.

    Args:
        damsm_weight: weight of the matching losses.
        **options: see `CaptionSubject`.
    """

    def __init__(self, damsm_weight=0.0, **options):
        super().__init__(damsm_weight=damsm_weight, **options)

    def model_class(self):
        from tfragan.models import SSAGAN

        return SSAGAN


class DFGANSubject(OneStageSubject):
    """A DF-GAN."""

    def model_class(self):
        from tfragan.models import DFGAN

        return DFGAN


class DAMSMSubject(Subject):
    """A DAMSM with the small image encoder, for 64 pixels.

    Args:
        embedding_dim: width of the embeddings.
    """

    loop_steps = _WORDS

    def __init__(self, embedding_dim):
        super().__init__()
        self.embedding_dim = embedding_dim

    def model_class(self):
        from tfragan.models import DAMSM

        return DAMSM

    def model(self):
        return _damsm(self.embedding_dim)

    def encoders(self):
        """What turns images and captions into embeddings.

        Returns:
            Dict of a name to a function of the number of embeddings.
        """
        import numpy as np

        model = self.model()

        def images(count):
            return model.encode_images(np.zeros((count, 64, 64, 3), np.uint8))

        def captions(count):
            return model.encode_captions([sample_caption()] * count)

        return {"images": images, "captions": captions}


def _damsm(embedding_dim):
    from tfragan.models import DAMSM
    from tfragan.models import SmallImageEncoder
    from tfragan.text import CaptionTokenizer
    from tfragan.text import Vocabulary

    words = ["<end>", *(f"word{index}" for index in range(1, _VOCABULARY))]
    return DAMSM(
        CaptionTokenizer(Vocabulary(words), max_words=_WORDS),
        SmallImageEncoder(embedding_dim=embedding_dim, input_size=64),
    )


def sample_caption():
    """A caption of as many known words as are looked at."""
    return " ".join(f"word{index}" for index in range(1, _WORDS + 1))
