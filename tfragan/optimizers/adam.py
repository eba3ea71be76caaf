"""Adam as PyTorch and TensorFlow 1 have it."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfragan")
class Adam(keras.optimizers.Optimizer):
    """Adam with L2 inside the gradient and a choice of epsilon.

    `keras.optimizers.Adam` differs from PyTorch's in two points that change
    a training: its weight decay is decoupled from the moments, and its
    epsilon is added before the bias correction, so that at the first step it
    weighs 32 times as much. Here, with the gradient `g` of a variable `w`:

    - `g <- g + weight_decay * w`
    - `m <- beta_1 * m + (1 - beta_1) * g`
    - `v <- beta_2 * v + (1 - beta_2) * g**2`
    - `w <- w - learning_rate * m_hat / (sqrt(v_hat) + epsilon)`

    where `m_hat` and `v_hat` are corrected for the bias of the start. The
    decay is no part of a printed loss, and every variable decays unless
    `decayed_names` or `exclude_from_weight_decay` says otherwise.

    One fused kernel updates a variable and its moments in place, with the
    decay term as the only temporary.

    Args:
        learning_rate: a float, a schedule or a function without arguments.
        beta_1: decay of the mean of the gradients.
        beta_2: decay of the mean of their squares.
        epsilon: added to the denominator.
        weight_decay: factor of the L2 term.
        decayed_names: names of the variables that decay, such as
            `["kernel"]`; all by default.
        epsilon_after_correction: whether epsilon is added to the corrected
            `sqrt(v_hat)`, as in PyTorch, or to `sqrt(v)`, as in TensorFlow 1.
        **kwargs: see `keras.optimizers.Optimizer`.

    Raises:
        ValueError: for a negative weight decay.

    Reference:
        - [Kingma and Ba, 2014](https://arxiv.org/abs/1412.6980), algorithm
          1; without `epsilon_after_correction` the variant above section 2.1

    Example:

    >>> w = keras.Variable([1.0])
    >>> Adam(0.1, weight_decay=0.01).apply([tf.constant([0.0])], [w])
    >>> round(float(w[0]), 4)
    0.9
    """

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        weight_decay=0.0,
        decayed_names=None,
        epsilon_after_correction=True,
        **kwargs,
    ):
        if weight_decay < 0.0:
            raise ValueError(
                "weight_decay must not be negative. "
                f"Received: weight_decay={weight_decay}"
            )
        super().__init__(
            learning_rate=learning_rate, weight_decay=weight_decay, **kwargs
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.decayed_names = decayed_names and tuple(decayed_names)
        self.epsilon_after_correction = epsilon_after_correction

    def build(self, variables):
        """Makes the moments of the variables.

        Args:
            variables: the Keras variables that will be updated.
        """
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"]
        )
        self._decays = tuple(self._decay_of(variable) for variable in variables)

    def _decay_of(self, variable):
        names = self.decayed_names
        decays = names is None or variable.name in names
        # The second keeps the variables given to `exclude_from_weight_decay`.
        if decays and self._use_weight_decay(variable):
            return self.weight_decay
        return 0.0

    def _apply_weight_decay(self, variables):
        """Leaves out Keras' decoupled decay."""

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        # The same numbers serve all variables: they are computed once.
        scales = self._scales(learning_rate)
        super()._backend_update_step(grads, trainable_variables, scales)

    def _scales(self, learning_rate):
        """Rate and epsilon of this step, with the bias corrections."""
        # `1 - beta_2` loses four digits in float32.
        step = tf.cast(self.iterations + 1, tf.float64)
        first, second = (
            1.0 - tf.pow(_as_the_kernel_rounds(beta), step)
            for beta in (self.beta_1, self.beta_2)
        )
        root = tf.sqrt(second)
        rate = tf.cast(learning_rate, tf.float64) * root / first
        epsilon = tf.constant(self.epsilon, tf.float64)
        if self.epsilon_after_correction:
            epsilon *= root
        return rate, epsilon

    def update_step(self, gradient, variable, learning_rate):
        """Updates one variable.

        Args:
            gradient: tensor of the variable's shape, or slices of it.
            variable: the `tf.Variable`.
            learning_rate: corrected rate and epsilon of this step.
        """
        rate, epsilon = (tf.cast(x, variable.dtype) for x in learning_rate)
        gradient = tf.cast(tf.convert_to_tensor(gradient), variable.dtype)
        index = self._get_variable_index(variable)
        if self._decays[index]:
            # The product waits for the gradient, or a graph would compute
            # those of all variables ahead and keep them until then.
            with tf.control_dependencies([gradient]):
                gradient += self._decays[index] * variable
        uncorrected = tf.zeros((), variable.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=uncorrected,
            beta2_power=uncorrected,
            lr=rate,
            beta1=tf.cast(self.beta_1, variable.dtype),
            beta2=tf.cast(self.beta_2, variable.dtype),
            epsilon=epsilon,
            grad=gradient,
        )

    def get_config(self):
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "decayed_names": self.decayed_names and list(self.decayed_names),
            "epsilon_after_correction": self.epsilon_after_correction,
        }


def _as_the_kernel_rounds(beta):
    return tf.cast(tf.constant(beta, tf.float32), tf.float64)
