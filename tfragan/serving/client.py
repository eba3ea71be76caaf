"""A client of a model, over REST or gRPC."""

from tfragan.serving.grpc_transport import GrpcTransport
from tfragan.serving.metadata_cache import MetadataCache
from tfragan.serving.picture_requests import PictureRequests
from tfragan.serving.request_arrays import request_arrays
from tfragan.serving.rest_transport import RestTransport
from tfragan.serving.retries import Retries
from tfragan.serving.retries import RetryPolicy
from tfragan.serving.serving_error import ServingError
from tfragan.serving.target import Tls
from tfragan.serving.target import target

# gRPC counts the bytes of a message in an int32.
_LONGEST_MESSAGE = 2**31 - 1
# After these the signatures may be others than those that are known.
_DOUBTS = ("INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION")
# After these it may be a matter of waiting until a model is there.
_NOT_YET = ("NOT_FOUND", "DEADLINE_EXCEEDED", "FAILED_PRECONDITION")


class Client(PictureRequests):
    """Asks a model on TensorFlow Serving, or a server that speaks as it does.

    The same calls give the same arrays over both transports. A request that
    the server could not take is sent again, since an answer depends on nothing
    but its request; see `RetryPolicy`. All methods may be called by several
    threads at a time.

    Args:
        address: `http://localhost:8501` or `https://`, which need no
            TensorFlow, or `grpc://localhost:8500` or `grpcs://`.
        model: the model's name.
        version: number of a version, by default the latest.
        label: label of a version, in place of its number.
        timeout: seconds for a call, all tries together.
        retry: a `RetryPolicy`.
        tls: a `Tls`, of use with https and grpcs.
        headers: dict of what each request carries beside its content, such as
            an authorization.
        max_message_bytes: the longest request and answer.
        metadata_seconds: how long a model's signatures are believed over REST,
            whose answers do not tell when another version gives them.

    Raises:
        ImportError: gRPC is asked for and tensorflow-serving-api missing.
        OSError: a file of `tls` cannot be read.
        ValueError: an argument is not as expected.
    """

    def __init__(
        self,
        address,
        model,
        version=None,
        label=None,
        timeout=60.0,
        retry=None,
        tls=None,
        headers=None,
        max_message_bytes=256 * 2**20,
        metadata_seconds=60.0,
    ):
        if not 0 < max_message_bytes <= _LONGEST_MESSAGE:
            raise ValueError(
                f"max_message_bytes: expected 1 to {_LONGEST_MESSAGE}, "
                f"received {max_message_bytes}."
            )
        retry = RetryPolicy() if retry is None else retry
        self._timeout = _positive(timeout)
        self._target = target(address, model, version, label)
        self._retries = Retries(retry)
        rest = self._target.transport == "rest"
        transport = RestTransport if rest else GrpcTransport
        self._transport: RestTransport | GrpcTransport = transport(
            self._target,
            Tls() if tls is None else tls,
            headers or {},
            max_message_bytes,
        )
        told = self._transport.names_versions or version is not None
        self._cache = MetadataCache(
            self._read_metadata, retry.clock, None if told else metadata_seconds
        )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Closes the connections; the client is of no use afterwards."""
        self._transport.close()

    def predict(
        self,
        inputs=None,
        /,
        *,
        signature="serving_default",
        timeout=None,
        **more,
    ):
        """The answer of a signature.

        Args:
            inputs: dict of input name to array, list or scalar; text becomes
                UTF-8.
            signature: the signature's name.
            timeout: seconds for this call, by default the client's.
            **more: further inputs by name.

        Returns:
            Dict of output name to array of the dtype that the server names,
            bytes and text as bytes in arrays of objects.

        Raises:
            ServingError: the request is wrong, which is found before it is
                sent where the server's metadata tell, or it was not answered.
        """
        given = {**(inputs or {}), **more}
        deadline = self._deadline(timeout)
        for last in (False, True):
            found, arrays, fresh = self._prepared(signature, given, deadline)
            try:
                return self._ask(found, arrays, deadline)
            except ValueError as error:
                if fresh or last:
                    raise self._target.error(
                        "INTERNAL", f"the answer: {error}", signature
                    ) from error
                # Perhaps of another version than the known signatures.
                self._cache.forget()

    def status(self, timeout=None):
        """How the model is.

        Args:
            timeout: see `predict`.

        Returns:
            A `ModelStatus`.

        Raises:
            ServingError: there is no such model, or no answer.
        """
        return self._retries.call(
            self._transport.status, self._deadline(timeout)
        )

    def metadata(self, timeout=None):
        """What the model can be asked for, as the server says now.

        Args:
            timeout: see `predict`.

        Returns:
            A `ModelMetadata`.

        Raises:
            ServingError: there is no such model, or no answer.
        """
        return self._cache.refresh(self._deadline(timeout))

    def known_signatures(self, timeout=None):
        """The signatures, read if they are not known.

        Args:
            timeout: see `predict`.

        Returns:
            Dict of name to `Signature`.
        """
        return self._cache.get(self._deadline(timeout))[0].signatures

    def wait_until_ready(self, timeout=60.0):
        """Waits until a version of the model answers requests.

        Args:
            timeout: seconds.

        Returns:
            The `ModelStatus`.

        Raises:
            ServingError: `DEADLINE_EXCEEDED` with what it was last, or at once
                what no waiting helps against.
        """
        deadline = self._deadline(timeout)
        number, last = 0, "it did not answer"
        while deadline.remaining() > 0:
            try:
                status = self._transport.status(deadline)
                if status.ready:
                    return status
                last = str(status)
            except ServingError as error:
                if not (error.retryable or error.code in _NOT_YET):
                    raise
                last = error.reason
            self._retries.wait(number, deadline)
            number += 1
        raise self._target.error(
            "DEADLINE_EXCEEDED", f"not ready within {timeout:g} s: {last}"
        )

    def _prepared(self, name, given, deadline):
        """The signature, the arrays, and whether it was read just now."""
        metadata, fresh = self._cache.get(deadline)
        try:
            return *self._arrays(metadata, name, given), fresh
        except ServingError:
            if fresh:
                raise
        metadata = self._cache.refresh(deadline)
        return *self._arrays(metadata, name, given), True

    def _arrays(self, metadata, name, given):
        signature = metadata.signatures.get(name)
        if signature is None:
            names = ", ".join(metadata.signatures)
            raise self._target.error(
                "INVALID_ARGUMENT",
                f"expected one of the signatures {names}; there is no other",
                name,
            )
        try:
            return signature, request_arrays(signature, given)
        except ValueError as error:
            raise self._target.error(
                "INVALID_ARGUMENT", str(error), name
            ) from error

    def _ask(self, signature, arrays, deadline):
        def send(deadline):
            return self._transport.predict(signature, arrays, deadline)

        try:
            outputs, version = self._retries.call(send, deadline)
        except ServingError as error:
            if error.code in _DOUBTS:
                self._cache.forget()
            raise
        self._cache.answered_by(version)
        return outputs

    def _read_metadata(self, deadline):
        return self._retries.call(self._transport.metadata, deadline)

    def _deadline(self, timeout):
        seconds = self._timeout if timeout is None else _positive(timeout)
        return self._retries.deadline(seconds)


def _positive(seconds):
    if not seconds > 0:
        raise ValueError(
            f"timeout: expected seconds above 0, received {seconds}."
        )
    return float(seconds)
