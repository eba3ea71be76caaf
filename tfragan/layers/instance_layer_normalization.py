"""Layer-instance normalization with a learned scale and shift."""

import keras
import tensorflow as tf

from tfragan.layers.channel_normalization import check_positions
from tfragan.layers.channel_normalization import layer_instance_coefficients
from tfragan.layers.channel_normalization import normalize_channels
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class InstanceLayerNormalization(RecordedLayer):
    """A learned mixture of instance and layer normalization.

    `outputs = gamma * (rho * a_I + (1 - rho) * a_L) + beta`, where `a_I` is
    the input normalized over the positions of each channel and `a_L` the
    input normalized over all positions and channels of a sample. `rho`,
    `gamma` and `beta` are learned, one number of each for a channel. `rho` is
    used as it is: the training step clips it to [0, 1] after each
    step. Training and inference are the same.

    Under a mixed policy the layer computes in float32.

    Args:
        epsilon: added to both variances.
        unbiased: whether variances divide by one less than the count, as the
            published PyTorch code does, or by the count, as the TensorFlow
            code does.
        initial_rho: start of `rho`.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)` with more
            than one position.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Kim et al., 2019, U-GAT-IT](https://arxiv.org/abs/1907.10830),
          eq. 1, with parameters of its own; published code

    Example:

    >>> layer = InstanceLayerNormalization()
    >>> layer(np.ones((2, 4, 4, 3), "float32")).shape
    TensorShape([2, 4, 4, 3])
    """

    def __init__(self, epsilon=1e-5, unbiased=True, initial_rho=0.0, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.unbiased = unbiased
        self.initial_rho = initial_rho

    def build(self, input_shape):
        check_positions(input_shape)
        for name, start in (
            ("rho", keras.initializers.Constant(self.initial_rho)),
            ("gamma", "ones"),
            ("beta", "zeros"),
        ):
            weight = self.add_weight(
                shape=(input_shape[-1],),
                initializer=start,
                autocast=False,
                name=name,
            )
            setattr(self, name, weight)

    def call(self, inputs):
        return normalize_channels(
            tf.cast(inputs, self.compute_dtype),
            layer_instance_coefficients(self.epsilon, self.unbiased),
            *(
                tf.convert_to_tensor(weight.value)
                for weight in (self.rho, self.gamma, self.beta)
            ),
            dtype=self.variable_dtype,
        )

    def compute_output_shape(self, input_shape):
        return input_shape
