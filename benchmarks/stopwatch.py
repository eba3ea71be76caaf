"""Times work beside a matrix product that runs in between."""

import dataclasses
import statistics
import time

_SIDE = 2048
_PRODUCT_FLOPS = 2 * _SIDE**3
# The products take this share of a round, so that both see the same machine.
_PRODUCT_SHARE = 0.25
_ROUNDS = 4
# Rounds of what is slow, and after how many seconds it is.
_SLOW_ROUNDS = 2
_PATIENCE = 120.0


@dataclasses.dataclass(frozen=True)
class Timing:
    """Medians over the rounds of a measurement.

    Attributes:
        seconds: wall-clock time of a run.
        cpu_seconds: processor time of a run, over all threads.
        product_rate: operations a second of the matrix product.
        cpu_product_rate: the same by processor time.
        ratio: median of the rounds' product rate times the run's seconds: how
            many operations the product does in the time of a run.
        cpu_ratio: the same by processor time.
        rounds: number of rounds.
    """

    seconds: float
    cpu_seconds: float
    product_rate: float
    cpu_product_rate: float
    ratio: float
    cpu_ratio: float
    rounds: int

    def fraction(self, flops):
        """Rate of a run as a fraction of the matrix product's.

        Args:
            flops: floating point operations of a run.
        """
        return flops / self.ratio

    def cpu_fraction(self, flops):
        """As `fraction`, by processor time: other processes matter less."""
        return flops / self.cpu_ratio


def measure(run, seconds, warm_up=2):
    """Alternates a run with products of 2048 x 2048 float32 matrices.

    The product is TensorFlow's own, in this process; a round compares a run
    with the products right before and after it.

    Args:
        run: function without arguments that returns when the work is done.
        seconds: how long to measure; at least four rounds are taken, two of
            what is slow.
        warm_up: runs before; one of what is slow.

    Returns:
        A `Timing`.
    """
    product = _matrix_product()
    for _ in _rounds(0.0, warm_up, fewest=1, patience=_PATIENCE / 2):
        wall, _ = _timed(run)
    product()
    unit, _ = _timed(product)
    repeats = max(1, round(_PRODUCT_SHARE * wall / unit))

    def products():
        for _ in range(repeats):
            product()

    flops = repeats * _PRODUCT_FLOPS
    runs, around = [], [_timed(products)]
    for _ in _rounds(seconds, _ROUNDS):
        runs.append(_timed(run))
        around.append(_timed(products))
    return _summary(runs, around, flops)


def median_seconds(run, seconds):
    """Median of the wall-clock time of a run, without anything beside it.

    Args:
        run: function without arguments that returns when the work is done.
        seconds: how long to measure; at least three rounds are taken, two of
            what is slow.

    Returns:
        Seconds.
    """
    return statistics.median(_timed(run)[0] for _ in _rounds(seconds, 3))


def _rounds(seconds, wanted, fewest=_SLOW_ROUNDS, patience=_PATIENCE):
    """Yields at the beginning of each round.

    Rounds end when `seconds` have passed and there are as many as `wanted`,
    or the `fewest` when the patience is at its end.
    """
    start = time.perf_counter()
    taken = 0
    while True:
        passed = time.perf_counter() - start
        enough = fewest if passed > patience else wanted
        if taken >= enough and passed >= seconds:
            return
        yield
        taken += 1


def _summary(runs, around, flops):
    pairs = list(zip(around, around[1:], strict=False))
    # Rates of the two products around a run, as one product twice as long.
    rates = [
        [2 * flops / (before[k] + after[k]) for before, after in pairs]
        for k in range(2)
    ]
    times = list(zip(*runs, strict=True))
    ratios = [
        [rate * spent for rate, spent in zip(rates[k], times[k], strict=True)]
        for k in range(2)
    ]
    return Timing(
        *(statistics.median(values) for values in (*times, *rates, *ratios)),
        rounds=len(runs),
    )


def _timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    # Not zero, whatever the clock's resolution.
    return (
        max(time.perf_counter() - wall, 1e-9),
        max(time.process_time() - cpu, 1e-9),
    )


def _matrix_product():
    import tensorflow as tf

    matrix = tf.random.stateless_normal((_SIDE, _SIDE), (0, 0))

    @tf.function
    def product(left, right):
        return tf.matmul(left, right)[0, 0]

    return lambda: product(matrix, matrix).numpy()
