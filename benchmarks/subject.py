"""What the measurements ask of a model."""

import importlib

import numpy as np

# Name of a subject to the module and the class.
_CLASSES = {
    "attngan": ("text_to_image", "AttnGANSubject"),
    "damsm": ("text_to_image", "DAMSMSubject"),
    "dfgan": ("text_to_image", "DFGANSubject"),
    "dmgan": ("text_to_image", "DMGANSubject"),
    "ragan": ("guided_translation", "RAGANSubject"),
    "ssagan": ("text_to_image", "SSAGANSubject"),
    "ugatit": ("image_translation", "UGATITSubject"),
    "cyclegan": ("image_translation", "CycleGANSubject"),
}


class Subject:
    """A model that is measured, with random weights.

    What needs TensorFlow imports it when it is called, so that a process
    holds nothing but what it measures.

    Args:
        **options: keyword arguments of the model.

    Attributes:
        images_per_sample: images that a step takes for each sample of a
            batch; a pair of resized copies is one.
        loop_steps: see `benchmarks.flops.graph_flops`.
    """

    images_per_sample = 1
    loop_steps = 1

    def __init__(self, **options):
        self.options = options

    def model_class(self):
        """The class of the model."""
        raise NotImplementedError

    def model(self):
        """The model, built and not compiled."""
        return self.model_class()(**self.options)

    def published_step(self, model):
        """Function of a batch that computes what the published step does."""
        return model.train_step

    def generator(self, batch_size):
        """The generator by itself, in inference mode.

        Args:
            batch_size: images of a call.

        Returns:
            Tuple of a Python function that returns images, the largest last,
            and a tuple of its arguments, tensors.
        """
        raise NotImplementedError

    def export(self, folder, **options):
        """Writes the model as a SavedModel.

        Args:
            folder: where to.
            **options: those of `tfragan.export.saved_model`.

        Returns:
            Tuple of the folder of the version and the size of its images in
            pixels.
        """
        raise NotImplementedError

    def request(self, count):
        """What the SavedModel is asked, a dict of tensors.

        Args:
            count: images of the answer.
        """
        raise NotImplementedError

    def caller(self):
        """What gives the same images in process.

        Returns:
            Function of the number of images, which are computed at once.
        """
        raise NotImplementedError


def subject_of(subject, **options):
    """The subject of a name.

    Args:
        subject: the name.
        **options: keyword arguments of the model.

    Returns:
        A `Subject`.
    """
    module, name = _CLASSES[subject]
    module = importlib.import_module(f"benchmarks.{module}")
    return getattr(module, name)(**options)


def batch_of_noise(model, batch_size):
    """A training batch in memory.

    Args:
        model: a model that tells its `batch_spec`.
        batch_size: samples of the batch.

    Returns:
        Nested tensors: images are noise in [-1, 1], whole numbers count from
        one on.
    """
    import tensorflow as tf

    draw = np.random.default_rng(0)

    def fill(spec):
        if spec.dtype.is_floating:
            values = draw.uniform(-1, 1, spec.shape)
        else:
            values = 1 + np.arange(spec.shape.num_elements())
        return tf.constant(values, spec.dtype, spec.shape)

    return tf.nest.map_structure(fill, model.batch_spec(batch_size))


def image_size_of(batch):
    """Side of the largest images of a batch."""
    import tensorflow as tf

    return max(x.shape[1] for x in tf.nest.flatten(batch) if x.shape.rank == 4)
