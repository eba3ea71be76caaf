"""A client of a model, over REST or gRPC."""

import dataclasses
import random
import re
import time

import numpy as np

from tfragan.serving.model_metadata import ModelMetadata
from tfragan.serving.model_metadata import ModelStatus
from tfragan.serving.request_images import image_files
from tfragan.serving.request_images import picture
from tfragan.serving.transports import GrpcTransport
from tfragan.serving.transports import RestTransport
from tfragan.serving.transports import ServingError
from tfragan.serving.transports import Tls

_HOST = r"(\[[\da-fA-F:.]+\]|[^/?#@:\[\]]+)"
_ADDRESS = re.compile(
    rf"https?://{_HOST}(:\d+)?(/[^?#]*)?|grpcs?://{_HOST}:\d+/?"
)
# After these the signatures may be others than those that are known.
_DOUBTS = ("INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION")
# After these a model that is waited for may still come.
_NOT_YET = ("NOT_FOUND", "FAILED_PRECONDITION")
_DEFAULT = "serving_default"
_FROM_REFERENCE = "_from_reference"


@dataclasses.dataclass(frozen=True)
class RetryPolicy:
    """How often and how soon a request is sent again.

    Pauses double from `first_pause` seconds to `longest_pause`, less a random
    part of up to a half, so that many clients do not come back at once; and
    they are never less than the server asks for.

    Attributes:
        tries: how often a request is sent at most; 1 for never again.
        first_pause: seconds.
        longest_pause: seconds.
    """

    tries: float = 5
    first_pause: float = 0.1
    longest_pause: float = 5.0


class Deadline:
    """The end of a call of some seconds, all its tries together."""

    def __init__(self, seconds):
        if not seconds > 0:
            raise ValueError(
                f"timeout: expected seconds above 0, received {seconds}."
            )
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self):
        """Seconds until the end, negative after it."""
        return self._end - time.monotonic()


class Client:
    """Asks a model on TensorFlow Serving, or a server of the same protocols.

    The same calls give the same arrays over both transports. A request that
    the server could not take is sent again, since an answer depends on nothing
    but its request; see `RetryPolicy`. All methods may be called by several
    threads at a time.

    `generate`, `translate`, `edit` and `colorize` give a list of
    `PIL.Image.Image`, one a row; one image, caption or seed holds for all
    rows. All methods take a `timeout` in seconds, by default the client's, and
    raise `ServingError` where the server does not answer; those four also
    `ValueError` where an image is none or numbers of rows differ.

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
        max_message_bytes: the longest request and answer, under 2 GiB.

    Raises:
        ImportError: a package of the extra `serving` is missing.
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
    ):
        if not _ADDRESS.fullmatch(str(address)):
            raise ValueError(
                f"{address!r}: expected an address such as "
                "http://localhost:8501, https://host, grpc://localhost:8500 "
                "or grpcs://host:443, gRPC's with a port and no path."
            )
        if version is not None and label is not None:
            raise ValueError(
                "version and label: expected one of them, received "
                f"{version!r} and {label!r}."
            )
        self._policy = retry or RetryPolicy()
        self._timeout = Deadline(timeout).seconds
        self._model = model
        self._subject = f"{address}, model {model!r}"
        for name, value in (("version", version), ("label", label)):
            if value is not None:
                self._subject += f" {name} {value!r}"
        rest = address.startswith("http")
        transport = RestTransport if rest else GrpcTransport
        try:
            import tenacity

            self._transport: RestTransport | GrpcTransport = transport(
                address,
                *(model, version, label),
                tls or Tls(),
                headers or {},
                max_message_bytes,
            )
        except ModuleNotFoundError as error:
            raise ImportError(
                f"{address} needs {error.name}, which is not installed: "
                'pip install "tfragan[serving]".'
            ) from error
        self._tenacity = tenacity
        self._known: ModelMetadata | None = None
        self._closed = False

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Closes the connections; the client cannot be used afterwards."""
        self._closed = True
        self._transport.close()

    def predict(
        self, inputs=None, /, *, signature=_DEFAULT, timeout=None, **more
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
        known = self._known
        try:
            try:
                return self._predict(given, signature, deadline)
            except _Misfit:
                # Perhaps of another version than the known signatures.
                self._known = None
                if known is None:
                    raise
                return self._predict(given, signature, deadline)
        except ServingError as error:
            error.subject = f"{self._subject}, signature {signature!r}"
            if error.code in _DOUBTS:
                self._known = None
            raise

    def _predict(self, given, name, deadline):
        signatures = self._signatures(deadline)
        try:
            if name not in signatures:
                raise ValueError(
                    "expected one of the signatures "
                    f"{', '.join(signatures)}; there is no other"
                )
            arrays = signatures[name].request(given)
        except ValueError as error:
            raise _Misfit("INVALID_ARGUMENT", str(error)) from error
        send = self._transport.predict
        try:
            return self._call(deadline, send, signatures[name], arrays)
        except ValueError as error:
            raise _Misfit("INTERNAL", f"the answer: {error}") from error

    def status(self, timeout=None):
        """The `ModelStatus`: which versions there are, and how they are."""
        return self._call(self._deadline(timeout), self._status)

    def metadata(self, timeout=None):
        """The `ModelMetadata`: what the model takes and gives at present."""
        return self._read_metadata(self._deadline(timeout))

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

        def look(seconds):
            try:
                status = self._status(seconds)
                if not status.ready:
                    raise ServingError("FAILED_PRECONDITION", str(status))
            except ServingError as error:
                error.retryable |= error.code in _NOT_YET
                raise
            return status

        longest = min(1.0, self._policy.longest_pause)
        policy = dataclasses.replace(
            self._policy, tries=float("inf"), longest_pause=longest
        )
        try:
            return self._call(self._deadline(timeout), look, policy=policy)
        except ServingError as error:
            if error.retryable:
                error.code = "DEADLINE_EXCEEDED"
                error.reason = f"not ready within {timeout:g} s: {error.reason}"
            raise

    def generate(self, captions, seeds=None, *, timeout=None):
        """Pictures of captions, from a model of text to image.

        Args:
            captions: str or list of str.
            seeds: of each picture, ints; or of the first one, each next one
                getting the next seed; 0 by default.
            timeout: see `predict`.
        """
        columns = {"caption": _listed(captions), "seed": seeds}
        return self._pictures(_DEFAULT, columns, timeout)

    def translate(
        self,
        images,
        direction=None,
        *,
        input_size=False,
        captions=None,
        labels=None,
        seeds=None,
        references=None,
        timeout=None,
    ):
        """Translations of images, from U-GAT-IT, CycleGAN or RAGAN.

        Args:
            images: one of what `image_file` takes, or a list of such.
            direction: `"ab"` or `"ba"`; by default what the server's default
                is.
            input_size: whether each comes in the size of its image, from
                U-GAT-IT and CycleGAN.
            captions, labels, seeds, references: see `colorize`, of RAGAN
                alone.
            timeout: see `predict`.
        """
        name = direction or _DEFAULT
        if input_size:
            name = f"{direction}_input_size" if direction else "input_size"
        return self._guided(
            name, images, captions, labels, seeds, references, timeout
        )

    def edit(self, images, captions=None, *, labels=None, timeout=None):
        """Images changed as captions or labels say, by RAGAN.

        Args:
            images, captions, labels: see `colorize`.
            timeout: see `predict`.
        """
        return self._guided(
            "edit", images, captions, labels, None, None, timeout
        )

    def colorize(
        self,
        images,
        captions=None,
        *,
        labels=None,
        seeds=None,
        references=None,
        timeout=None,
    ):
        """Images colored as captions, labels or other images say, by RAGAN.

        Args:
            images: one of what `image_file` takes, or a list of such.
            captions: str or list of str.
            labels: in place of captions, ids of one row or of each.
            seeds: of random backgrounds, as in `generate`; of models with an
                image encoder.
            references: in place of seeds, images whose background is taken.
            timeout: see `predict`.
        """
        return self._guided(
            "colorize", images, captions, labels, seeds, references, timeout
        )

    def _guided(
        self, name, images, captions, labels, seeds, references, timeout
    ):
        columns = {"image_bytes": image_files(images)}
        known = self._signatures(self._deadline(timeout))
        if captions is not None:
            columns["caption"] = _listed(captions)
        if labels is not None:
            columns["label_ids"] = list(np.atleast_2d(np.asarray(labels)))
        if references is not None:
            columns["reference_bytes"] = image_files(references)
            name = reference_signature(known, name)
        elif seeds is not None or (
            name in known and "seed" in known[name].inputs
        ):
            columns["seed"] = seeds
        return self._pictures(name, columns, timeout)

    def _pictures(self, name, columns, timeout):
        request = _rows(columns)
        if not any(len(values) for values in request.values()):
            return []
        answer = self.predict(request, signature=name, timeout=timeout)
        return [picture(file) for file in answer["image_bytes"]]

    def _signatures(self, deadline):
        """Dict of name to `Signature`, read if they are not known."""
        known = self._known or self._read_metadata(deadline)
        return known.signatures

    def _read_metadata(self, deadline):
        body = self._call(deadline, self._transport.metadata)
        self._known = metadata = self._read(ModelMetadata, body)
        return metadata

    def _status(self, seconds):
        return self._read(ModelStatus, self._transport.status(seconds))

    def _read(self, kind, body):
        try:
            return kind.of_json(body, self._model)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            reason = f"the answer is of another form than expected: {error!r}"
            raise ServingError("INTERNAL", reason) from error

    def _deadline(self, timeout):
        return Deadline(self._timeout if timeout is None else timeout)

    def _call(self, deadline, send, *arguments, policy=None):
        """Sends until there is an answer, or no hope or time for one."""
        policy = policy or self._policy
        longer = self._tenacity.wait_exponential(
            policy.first_pause, policy.longest_pause
        )

        def attempt():
            if self._closed:
                raise ServingError(
                    "FAILED_PRECONDITION", "the client is closed"
                )
            try:
                if deadline.remaining() <= 0:
                    raise TimeoutError
                return send(*arguments, deadline.remaining())
            except TimeoutError as error:
                reason = f"no answer within {deadline.seconds:g} s"
                raise ServingError("DEADLINE_EXCEEDED", reason) from error

        def pause(state):
            wanted = state.outcome.exception().retry_after
            return max(longer(state) * random.uniform(0.5, 1.0), wanted or 0.0)

        def stop(state):
            late = state.upcoming_sleep >= deadline.remaining()
            return late or state.attempt_number >= policy.tries

        try:
            return self._tenacity.Retrying(
                sleep=time.sleep,
                wait=pause,
                stop=stop,
                retry=self._tenacity.retry_if_exception(
                    lambda error: getattr(error, "retryable", False)
                ),
                retry_error_callback=_give_up,
            )(attempt)
        except ServingError as error:
            error.subject = self._subject
            raise


def reference_signature(signatures, name=_DEFAULT):
    """Name of the signature that takes references beside another one.

    Where there is none, the name that it would have.
    """
    if name != _DEFAULT:
        return f"{name}{_FROM_REFERENCE}"
    found = [name for name in signatures if name.endswith(_FROM_REFERENCE)]
    return found[0] if found else f"translate{_FROM_REFERENCE}"


class _Misfit(ServingError):
    """A request or an answer that is not of the known signatures."""


def _give_up(state):
    """Raises the last error, which tells how many tries there were."""
    error = state.outcome.exception()
    if state.attempt_number > 1:
        error.reason += f", {state.attempt_number} times"
    raise error


def _rows(columns):
    """Columns of one length each; seeds may be an int, the first, or None."""
    columns = dict(columns)
    first = columns.get("seed")
    counted = "seed" in columns and (first is None or np.ndim(first) == 0)
    if counted:
        del columns["seed"]
    lengths = {name: len(values) for name, values in columns.items()}
    several = set(lengths.values()) - {1}
    if len(several) > 1:
        listed = ", ".join(f"{n} of {name}" for name, n in lengths.items())
        raise ValueError(f"rows: expected one number or 1, received {listed}.")
    rows = several.pop() if several else 1
    request = {
        name: values if len(values) == rows else list(values) * rows
        for name, values in columns.items()
    }
    if counted:
        request["seed"] = [int(first or 0) + row for row in range(rows)]
    return request


def _listed(captions):
    return [captions] if isinstance(captions, (str, bytes)) else list(captions)
