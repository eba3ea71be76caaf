"""When a request that failed is sent again."""

import dataclasses
import itertools
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

    def pause(self, number, draw):
        """Seconds before the next try.

        Args:
            number: of the pause, from 0.
            draw: a random number from 0 to 1.
        """
        # Beyond any longest pause, and before a float overflows.
        grown = self.first_pause * self.factor ** min(number, 64)
        return min(grown, self.longest_pause) * (1 - self.jitter * draw)


class Deadline:
    """The end of a call, all its tries together.

    Args:
        seconds: from now.
        clock: see `RetryPolicy`.
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


class Retries:
    """Sends requests again as a policy says.

    Args:
        policy: a `RetryPolicy`.
    """

    def __init__(self, policy):
        self._policy = policy
        self._random = random.Random(policy.seed)

    def deadline(self, seconds):
        """A `Deadline` on the policy's clock."""
        return Deadline(seconds, self._policy.clock)

    def wait(self, number, deadline):
        """Waits before the next look, until the deadline at most."""
        left = max(0.0, deadline.remaining())
        self._policy.sleep(min(self._seconds(number), left))

    def call(self, send, deadline):
        """Sends until there is an answer, or no hope or time for one.

        Args:
            send: function of the deadline to an answer; it raises
                `ServingError`.
            deadline: a `Deadline`.

        Returns:
            What `send` returned.

        Raises:
            ServingError: the last one.
        """
        for number in itertools.count():
            try:
                return send(deadline)
            except ServingError as error:
                pause = self._seconds(number, error.retry_after or 0.0)
                last = number + 1 == self._policy.tries
                late = pause >= deadline.remaining()
                if not error.retryable or last or late:
                    tried = error.after(number + 1, deadline.passed())
                    raise tried from error.__cause__
            self._policy.sleep(pause)

    def _seconds(self, number, least=0.0):
        return max(self._policy.pause(number, self._random.random()), least)
