"""Trains the classifier of `avatar_judge.py`, and prints how well it reads.

    python -m tfragan.metrics.train_avatar_judge FOLDER --output=WEIGHTS

FOLDER holds captions.jsonl with the attributes of 3,000 more avatars, which
do not come with the package. They join those of the training split, with
noise, blur and shifts as generated pictures have them.
"""

import argparse
import os

import keras
import numpy as np
import tensorflow as tf

from tfragan.data.avatars import ATTRIBUTES
from tfragan.data.avatars import avatar_attributes
from tfragan.data.avatars import avatars
from tfragan.data.source_files import read_json_lines
from tfragan.metrics.avatar_judge import judge_network

_BATCH_SIZE = 64


def _decoded(paths):
    return np.stack(
        [
            tf.io.decode_image(
                tf.io.read_file(path), 3, expand_animations=False
            )
            for path in paths
        ]
    )


def _split(split):
    data, attributes = avatars(split), avatar_attributes(split)
    images = _decoded(item.path for item in data)
    return images, _labels(attributes[item.key] for item in data)


def _more(folder):
    path = os.path.join(folder, "captions.jsonl")
    rows = [row for _, row in read_json_lines(path)]
    paths = (os.path.join(folder, row["file_name"]) for row in rows)
    return _decoded(paths), _labels(row["attributes"] for row in rows)


def _labels(attributes):
    attributes = list(attributes)
    return {
        name: np.array([values.index(each[name]) for each in attributes])
        for name, values in ATTRIBUTES.items()
    }


def disturbed(images, seed):
    """Images with noise, blur, shifts and other brightness, at random.

    They are float32 (batch, 64, 64, 3) in [0, 255], the seed int64 (2,).
    """
    seeds = tf.random.experimental.stateless_split(seed, 6)
    count = tf.shape(images)[0]

    def uniform(place, low, high, shape=(1, 1, 1)):
        shape = tf.concat([[count], shape], 0)
        return tf.random.stateless_uniform(shape, seeds[place], low, high)

    padded = tf.pad(images, [[0, 0], [3, 3], [3, 3], [0, 0]], "REFLECT")
    images = tf.image.stateless_random_crop(padded, tf.shape(images), seeds[0])
    blurred = tf.nn.avg_pool2d(images, 3, 1, "SAME")
    images += uniform(1, 0.0, 1.0) * (blurred - images)
    images *= uniform(2, 0.93, 1.07)
    noise = tf.random.stateless_normal(tf.shape(images), seeds[3])
    images += uniform(4, 0.0, 16.0) * noise
    # A quarter stays as it is drawn, and so has to be read.
    return images


def _training_batches(images, labels):
    def prepare(index, rows):
        clean = tf.cast(rows[0], tf.float32)
        changed = disturbed(clean, tf.stack([tf.constant(7, tf.int64), index]))
        keep = tf.random.stateless_uniform(
            (tf.shape(clean)[0], 1, 1, 1), tf.stack([index, 11])
        )
        return tf.where(keep < 0.25, clean, changed), rows[1]

    data = tf.data.Dataset.from_tensor_slices((images, labels))
    data = data.shuffle(len(images), seed=0).repeat().batch(_BATCH_SIZE)
    return data.enumerate().map(prepare).prefetch(2)


def main():
    """Trains, measures on the test split, and writes the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--output", required=True)
    parser.add_argument("--epochs", type=int, default=30)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(0)
    parts = _split("train"), _more(arguments.folder)
    images = np.concatenate([part[0] for part in parts])
    labels = {
        name: np.concatenate([part[1][name] for part in parts])
        for name in ATTRIBUTES
    }
    steps = len(images) // _BATCH_SIZE
    rate = keras.optimizers.schedules.CosineDecay(
        2e-3, steps * arguments.epochs
    )
    network = judge_network()
    network.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-2),
        {
            name: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            for name in ATTRIBUTES
        },
    )
    network.fit(
        _training_batches(images, labels),
        epochs=arguments.epochs,
        steps_per_epoch=steps,
        verbose=2,
    )
    # Half precision reads as well and takes half the room.
    halves = [each.astype(np.float16) for each in network.get_weights()]
    np.savez_compressed(arguments.output, *halves)
    network.set_weights(halves)
    test_images, test_labels = _split("test")
    _print_accuracies(network, test_images, test_labels)


def _print_accuracies(network, images, labels):
    images = images.astype("float32")
    seed = tf.constant([1, 2], tf.int64)
    columns = {"as drawn": images, "disturbed": disturbed(images, seed)}
    print(f"{'':14}", *columns, sep="  ")
    logits = [network.predict(each, verbose=0) for each in columns.values()]
    for name, truth in labels.items():
        rates = [np.mean(each[name].argmax(-1) == truth) for each in logits]
        print(f"{name:14}", *(f"{rate:8.3f}" for rate in rates), sep="  ")


if __name__ == "__main__":
    main()
