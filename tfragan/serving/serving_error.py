"""What goes wrong between a client and a server, in one vocabulary."""

# As gRPC maps them, and the few that it does not know.
_CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    413: "RESOURCE_EXHAUSTED",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "UNAVAILABLE",
}
RETRYABLE_HTTP = frozenset({429, 502, 503, 504})
RETRYABLE_CODES = frozenset({"UNAVAILABLE", "RESOURCE_EXHAUSTED"})


class ServingError(RuntimeError):
    """A request that was not answered.

    Args:
        code: the name of a gRPC status code, whatever the transport, such as
            `"INVALID_ARGUMENT"` or `"UNAVAILABLE"`.
        reason: what is wrong, as a phrase.
        subject: the server, the model and the signature, as a phrase.
        retryable: whether the same request may succeed later.
        retry_after: seconds that the server asks to wait, or None.

    Attributes:
        code: as given.
        reason: as given.
        retryable: as given.
        retry_after: as given.
    """

    def __init__(
        self, code, reason, subject, retryable=False, retry_after=None
    ):
        super().__init__(f"{subject}: {reason.rstrip('. ')} ({code}).")
        self.code = code
        self.reason = reason
        self.retryable = retryable
        self.retry_after = retry_after
        self._subject = subject

    def __reduce__(self):
        """All that makes it, so that it travels between processes."""
        return type(self), (
            self.code,
            self.reason,
            self._subject,
            self.retryable,
            self.retry_after,
        )

    def after(self, tries, seconds):
        """The same error, saying how often it was tried.

        Args:
            tries: number of tries.
            seconds: for how long.

        Returns:
            A `ServingError`; this one after a single try.
        """
        if tries < 2:
            return self
        reason = f"{self.reason.rstrip('. ')}, {tries} times in {seconds:.1f} s"
        return ServingError(
            self.code, reason, self._subject, self.retryable, self.retry_after
        )


def code_of_http(status):
    """The name of the code that an HTTP status stands for.

    Args:
        status: int, of an answer that is no success.
    """
    if status in _CODES:
        return _CODES[status]
    if 400 <= status < 500:
        return "INVALID_ARGUMENT"
    return "INTERNAL" if status >= 500 else "UNKNOWN"
