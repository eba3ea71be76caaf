"""A model that trains in milliseconds and draws what it is told."""

import types

import keras
import numpy as np
import tensorflow as tf

from tfragan.models.training_model import TrainingModel
from tfragan.models.training_model import unfold_batch


class TinyModel(TrainingModel):
    """Fits y = 0 and generates one color a caption."""

    def __init__(
        self, width=3, sha256="abc", stages=3, map_name="attention_maps"
    ):
        super().__init__(("generator_loss", "loss/part"), name="tiny")
        self.width = width
        self.stages = stages
        self.map_name = map_name
        self.layer = keras.layers.Dense(width, name="layer")
        self.layer.build((None, 2))
        self.tokenizer = types.SimpleNamespace(
            vocabulary=types.SimpleNamespace(sha256=sha256), words=str.split
        )
        self.damsm = Letters()
        self.generated = []
        self.presets = []
        self.built = True

    def get_config(self):
        return {"width": self.width}

    def compile(self, **kwargs):
        super().compile(**kwargs)
        self.sgd = keras.optimizers.Adam(1e-2, name="sgd")
        self.sgd.build(self.layer.trainable_variables)

    def train_step(self, batch):
        inputs = unfold_batch(batch)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self.layer(inputs)))
        variables = self.layer.trainable_variables
        self.sgd.apply(tape.gradient(loss, variables), variables)
        return self.report_losses(
            {"generator_loss": inputs[0, 0], "loss/part": loss}
        )

    def preset_parts(self):
        return {"layer": self.layer}

    def checkpoint_items(self):
        return {**super().checkpoint_items(), "sgd": self.sgd}

    def generate(self, captions, seed=0, batch_size=1):
        self.generated.append((list(captions), seed))
        return np.stack([Letters.image(caption) for caption in captions])

    def generate_outputs(self, captions, seed=0):
        outputs = {"image": self.generate(captions, seed)}
        count = len(captions)
        if self.map_name == "masks":
            outputs["masks"] = [np.full((count, 4, 4, 1), 0.5)]
        elif self.map_name:
            outputs[self.map_name] = [
                np.full((count, 4 * stage, 4 * stage, 6), 1 / 6)
                for stage in range(1, self.stages)
            ]
        return outputs

    def save_to_preset(self, folder):
        self.presets.append(int(self.global_step.numpy()))
        folder.mkdir(parents=True, exist_ok=True)


class Letters:
    """Stands for a DAMSM: the first letter is the meaning of a caption."""

    @staticmethod
    def image(caption):
        return np.full((8, 8, 3), ord(caption[0]), np.uint8)

    def encode_images(self, images):
        return np.eye(256)[images[:, 0, 0, 0]]

    def encode_captions(self, captions):
        return np.eye(256)[[ord(caption[0]) for caption in captions]]


def compiled(graph=False, **kwargs):
    """A model ready to `fit`; eager, which is faster for a few tiny steps."""
    model = TinyModel(**kwargs)
    model.compile(run_eagerly=not graph)
    return model


def numbers(count=None, start=0):
    """Batches whose first element counts from `start` + 1."""
    data = tf.data.Dataset.range(start + 1, (count or 10**6) + 1)
    return data.map(lambda n: tf.ones((4, 2)) * tf.cast(n, tf.float32))


def fit(model, callbacks, steps=6, epochs=1, data=None):
    return model.fit(
        numbers() if data is None else data,
        steps_per_epoch=steps,
        epochs=epochs,
        callbacks=callbacks,
        verbose=0,
    )
