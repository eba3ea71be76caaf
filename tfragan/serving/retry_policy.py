"""When a request that failed is sent again."""

import dataclasses
import random
import time
import typing

from tfragan.serving.serving_error import ServingError


@dataclasses.dataclass(frozen=True)
class RetryPolicy:
    """How often and how soon a request is sent again.

    The n-th pause is `first_pause * factor**n` seconds, at most
    `longest_pause`, less a random part of it, so that many clients do not come
    back at once; and never less than the server asks for.

    Attributes:
        tries: how often a request is sent at most; 1 for never again.
        first_pause: seconds.
        factor: what each pause is longer by.
        longest_pause: seconds.
        jitter: the largest part of a pause that is left out, of 1.
        seed: of the random part, None for one of the system's.
        clock: function to seconds that never go back.
        sleep: function that waits for some seconds.
    """

    tries: int = 5
    first_pause: float = 0.1
    factor: float = 2.0
    longest_pause: float = 5.0
    jitter: float = 0.5
    seed: int | None = None
    clock: typing.Callable = time.monotonic
    sleep: typing.Callable = time.sleep

    def __post_init__(self):
        if self.tries < 1:
            raise ValueError(f"tries: expected 1 or more, got {self.tries}.")
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"jitter: expected 0 to 1, got {self.jitter}.")
        if self.first_pause < 0 or self.factor < 1 or self.longest_pause < 0:
            raise ValueError(
                "first_pause, factor, longest_pause: expected at least 0, 1 "
                f"and 0, received {self.first_pause}, {self.factor} and "
                f"{self.longest_pause}."
            )


class Retries:
    """Sends requests again as a policy says, with tenacity.

    Args:
        policy: a `RetryPolicy`.

    Raises:
        ImportError: tenacity is not installed.
    """

    def __init__(self, policy):
        try:
            import tenacity
        except ImportError as error:
            raise ImportError(
                'the client needs tenacity: pip install "tfragan[serving]".'
            ) from error
        self._tenacity = tenacity
        self._policy = policy
        self._random = random.Random(policy.seed)

    def call(self, send, deadline, patient=None):
        """Sends until there is an answer, or no hope or time for one.

        Args:
            send: function of the deadline to an answer; it raises
                `ServingError`.
            deadline: a `Deadline`.
            patient: function of a `ServingError` to whether it may pass, with
                which it is sent until the deadline, however often that is.

        Returns:
            What `send` returned.

        Raises:
            ServingError: the last one.
        """

        def may_pass(error):
            if not isinstance(error, ServingError):
                return False
            return patient(error) if patient else error.retryable

        def pause(state):
            seconds = self._pause(state)
            left = max(0.0, deadline.remaining())
            return min(seconds, left) if patient else seconds

        def stop(state):
            if patient:
                return deadline.remaining() <= 0
            late = state.upcoming_sleep >= deadline.remaining()
            return late or state.attempt_number >= self._policy.tries

        return self._tenacity.Retrying(
            sleep=self._policy.sleep,
            wait=pause,
            stop=stop,
            retry=self._tenacity.retry_if_exception(may_pass),
            retry_error_callback=lambda state: _give_up(state, deadline),
        )(send, deadline)

    def _pause(self, state):
        """Seconds before the next try."""
        policy = self._policy
        # The largest exponent before a float could overflow.
        number = min(state.attempt_number - 1, 64)
        pause = policy.first_pause * policy.factor**number
        pause = min(pause, policy.longest_pause)
        pause *= 1 - policy.jitter * self._random.random()
        return max(pause, state.outcome.exception().retry_after or 0.0)


def _give_up(state, deadline):
    error = state.outcome.exception()
    raise error.after(
        state.attempt_number, deadline.passed()
    ) from error.__cause__


class Deadline:
    """The end of a call, all its tries together.

    Args:
        seconds: from now.
        clock: function to seconds that never go back.
    """

    def __init__(self, seconds, clock):
        self._clock = clock
        self._start = clock()
        self.seconds = seconds

    def passed(self):
        """Seconds since the beginning."""
        return self._clock() - self._start

    def remaining(self):
        """Seconds until the end, negative after it."""
        return self.seconds - self.passed()
