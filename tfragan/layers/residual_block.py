"""The residual block of image translation."""

import keras
import tensorflow as tf

from tfragan.layers.instance_normalization import InstanceNormalization
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.layers.reflection_convolution import ReflectionConvolution
from tfragan.layers.replica_dropout import ReplicaDropout


@keras.saving.register_keras_serializable(package="tfragan")
class ResidualBlock(RecordedLayer):
    """Adds two reflected 3x3 convolutions to the input.

    Each convolution is followed by an instance normalization, the first also
    by ReLU. There is no activation after the sum.

    Args:
        filters: channels of input and output.
        use_bias: whether the convolutions have a bias.
        affine: whether the normalizations learn a scale and a shift.
        kernel_initializer: initializer of both kernels.
        dropout: share of the values between the convolutions that are set to
            zero in training.
        seed: seed of the dropout.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, filters)`.
        training: whether values are dropped.

    Output:
        Tensor of the shape of `inputs`.

    Reference:
        - [Zhu et al., 2017, CycleGAN](https://arxiv.org/abs/1703.10593),
          section 7.2

    Example:

    >>> ResidualBlock(3)(np.ones((2, 4, 4, 3), "float32")).shape
    TensorShape([2, 4, 4, 3])
    """

    def __init__(
        self,
        filters,
        use_bias=False,
        affine=False,
        kernel_initializer="glorot_uniform",
        dropout=0.0,
        seed=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.use_bias = use_bias
        self.affine = affine
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.dropout = dropout
        self.seed = seed

    def build(self, input_shape):
        if input_shape[-1] != self.filters:
            raise ValueError(
                f"The input must have {self.filters} channels. "
                f"Received: input_shape={tuple(input_shape)}"
            )
        for number in (1, 2):
            convolution = ReflectionConvolution(
                self.filters,
                3,
                use_bias=self.use_bias,
                # One initializer would give both kernels the same numbers.
                kernel_initializer=self.kernel_initializer.clone(),
                dtype=self.dtype_policy,
                name=f"conv_{number}",
            )
            norm = InstanceNormalization(
                center=self.affine,
                scale=self.affine,
                dtype=self.dtype_policy,
                name=f"norm_{number}",
            )
            for layer in (convolution, norm):
                layer.build(input_shape)
                setattr(self, layer.name, layer)
        self.drop = None
        if self.dropout:
            self.drop = ReplicaDropout(
                self.dropout, self.seed, dtype=self.dtype_policy, name="drop"
            )
            self.drop.build(input_shape)

    def call(self, inputs, training=False):
        x = tf.nn.relu(self.norm_1(self.conv_1(inputs)))
        if self.drop is not None:
            x = self.drop(x, training=training)
        return inputs + self.norm_2(self.conv_2(x))

    def compute_output_shape(self, input_shape):
        return input_shape
