import numpy as np
import tensorflow as tf

from benchmarks.photographs import PORTRAIT
from benchmarks.photographs import photographs
from benchmarks.subject import batch_of_noise
from benchmarks.subject import image_size_of


class _Captioned:
    def batch_spec(self, batch_size):
        return {
            "images": tuple(
                tf.TensorSpec((batch_size, size, size, 3)) for size in (4, 8)
            ),
            "token_ids": tf.TensorSpec((batch_size, 5), tf.int32),
            "class_ids": tf.TensorSpec((batch_size,), tf.int32),
        }


def test_a_batch_is_noise_in_the_form_that_the_model_tells():
    batch = batch_of_noise(_Captioned(), 3)
    assert [image.shape for image in batch["images"]] == [
        (3, 4, 4, 3),
        (3, 8, 8, 3),
    ]
    assert np.abs(batch["images"][0]).max() <= 1.0
    assert np.std(batch["images"][0]) > 0.3
    # Padding is the word 0.
    assert batch["token_ids"].numpy().min() == 1
    assert len({*batch["class_ids"].numpy()}) == 3
    assert image_size_of(batch) == 8


def test_photographs_are_jpeg_files_of_a_size_each_another():
    files = photographs(2, PORTRAIT)
    assert tf.io.decode_jpeg(files[0]).shape == (218, 178, 3)
    assert len({*files}) == 2
    assert files == photographs(2, PORTRAIT)
