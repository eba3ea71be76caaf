"""A client of a model, over REST or gRPC."""

import numpy as np

from tfragan.serving.grpc_transport import GrpcTransport
from tfragan.serving.request_images import image_files
from tfragan.serving.request_images import picture
from tfragan.serving.rest_transport import RestTransport
from tfragan.serving.retry_policy import Deadline
from tfragan.serving.retry_policy import Retries
from tfragan.serving.retry_policy import RetryPolicy
from tfragan.serving.serving_error import ServingError
from tfragan.serving.target import Tls
from tfragan.serving.target import target
from tfragan.serving.tensor_json import request_arrays

# gRPC counts the bytes of a message in an int32.
_LONGEST_MESSAGE = 2**31 - 1
# After these the signatures may be others than those that are known.
_DOUBTS = ("INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION")
# After these it may be a matter of waiting until a model is there.
_NOT_YET = ("NOT_FOUND", "DEADLINE_EXCEEDED", "FAILED_PRECONDITION")
_DEFAULT = "serving_default"
_FROM_REFERENCE = "_from_reference"
# What RAGAN's signatures are called, with and without references.
_VERBS = ("translate", "colorize", "edit", "ab")


class Client:
    """Asks a model on TensorFlow Serving, or a server that speaks as it does.

    The same calls give the same arrays over both transports. A request that
    the server could not take is sent again, since an answer depends on nothing
    but its request; see `RetryPolicy`. All methods may be called by several
    threads at a time.

    `generate`, `translate`, `edit` and `colorize` give a list of
    `PIL.Image.Image`, one a row; one image, caption or seed holds for all
    rows. They raise `ServingError` as `predict` does, and `ValueError` where
    an image is none or numbers of rows differ.

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
            whose answers do not name their version.

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
        metadata_seconds=60.0,
    ):
        if not 0 < max_message_bytes <= _LONGEST_MESSAGE:
            raise ValueError(
                f"max_message_bytes: expected 1 to {_LONGEST_MESSAGE}, "
                f"received {max_message_bytes}."
            )
        self._timeout = _positive(timeout)
        self._target = target(address, model, version, label)
        retry = retry or RetryPolicy()
        self._clock = retry.clock
        self._retries = Retries(retry)
        rest = self._target.transport == "rest"
        transport = RestTransport if rest else GrpcTransport
        self._transport: RestTransport | GrpcTransport = transport(
            self._target, tls or Tls(), headers or {}, max_message_bytes
        )
        told = self._transport.names_versions or version is not None
        self._metadata_seconds = float("inf") if told else metadata_seconds
        # The metadata and when they were read, or None.
        self._known = None
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
        for _ in range(2):
            found, arrays, fresh = self._prepared(signature, given, deadline)
            try:
                return self._ask(found, arrays, deadline)
            except ValueError as error:
                problem = error
                # Perhaps of another version than the known signatures.
                self._known = None
            if fresh:
                break
        raise self._target.error(
            "INTERNAL", f"the answer: {problem}", signature
        ) from problem

    def status(self, timeout=None):
        """How the model is.

        Args:
            timeout: see `predict`.

        Returns:
            A `ModelStatus`.

        Raises:
            ServingError: there is no such model, or no answer.
        """
        return self._call(self._transport.status, self._deadline(timeout))

    def metadata(self, timeout=None):
        """What the model can be asked for, as the server says now.

        Args:
            timeout: see `predict`.

        Returns:
            A `ModelMetadata`.

        Raises:
            ServingError: there is no such model, or no answer.
        """
        return self._read_metadata(self._deadline(timeout))

    def known_signatures(self, timeout=None):
        """The signatures, read if they are not known.

        Args:
            timeout: see `predict`.

        Returns:
            Dict of name to `Signature`.
        """
        return self._metadata(self._deadline(timeout))[0].signatures

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

        last = "it did not answer"

        def look(deadline):
            nonlocal last
            if deadline.remaining() > 0:
                try:
                    status = self._transport.status(deadline)
                except ServingError as error:
                    last = error.reason
                    raise
                if status.ready:
                    return status
                last = str(status)
            raise self._target.error("FAILED_PRECONDITION", last)

        def may_pass(error):
            return error.retryable or error.code in _NOT_YET

        try:
            return self._retries.call(look, self._deadline(timeout), may_pass)
        except ServingError as error:
            if not may_pass(error):
                raise
            raise self._target.error(
                "DEADLINE_EXCEEDED", f"not ready within {timeout:g} s: {last}"
            ) from error

    def generate(self, captions, seeds=None, *, timeout=None):
        """Pictures of captions, from AttnGAN, SSA-GAN or DF-GAN.

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
        if references is not None:
            name = self.reference_signature(direction, timeout)
        if input_size:
            name = f"{direction}_input_size" if direction else "input_size"
        return self._guided(
            name, images, captions, labels, seeds, references, timeout
        )

    def edit(self, images, captions=None, *, labels=None, timeout=None):
        """Images changed as captions or labels say, by RAGAN.

        Args:
            images: one of what `image_file` takes, or a list of such.
            captions: str or list of str.
            labels: in place of captions, ids of one row or of each.
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
        name = "colorize"
        if references is not None:
            name += _FROM_REFERENCE
        return self._guided(
            name, images, captions, labels, seeds, references, timeout
        )

    def reference_signature(self, direction=None, timeout=None):
        """The signature that takes references.

        Args:
            direction: `"ab"` or `"ba"`, or None for the model's first.
            timeout: see `predict`.

        Returns:
            str; where there is none, the name that it would have.
        """
        if direction is not None:
            return f"{direction}{_FROM_REFERENCE}"
        names = [f"{verb}{_FROM_REFERENCE}" for verb in _VERBS]
        known = self.known_signatures(timeout)
        return next((name for name in names if name in known), names[0])

    def _guided(
        self, name, images, captions, labels, seeds, references, timeout
    ):
        columns = {"image_bytes": image_files(images)}
        if captions is not None:
            columns["caption"] = _listed(captions)
        if labels is not None:
            columns["label_ids"] = list(np.atleast_2d(np.asarray(labels)))
        if references is not None:
            columns["reference_bytes"] = image_files(references)
        else:
            known = self.known_signatures(timeout)
            takes = name in known and "seed" in known[name].inputs
            if seeds is not None or takes:
                columns["seed"] = seeds
        return self._pictures(name, columns, timeout)

    def _pictures(self, name, columns, timeout):
        request = _rows(columns)
        if not any(len(values) for values in request.values()):
            return []
        answer = self.predict(request, signature=name, timeout=timeout)
        return [picture(file) for file in answer["image_bytes"]]

    def _prepared(self, name, given, deadline):
        """The signature, the arrays, and whether it was read just now."""
        metadata, fresh = self._metadata(deadline)
        try:
            return *self._arrays(metadata, name, given), fresh
        except ServingError:
            if fresh:
                raise
        metadata = self._read_metadata(deadline)
        return *self._arrays(metadata, name, given), True

    def _arrays(self, metadata, name, given):
        signature = metadata.signatures.get(name)
        try:
            if signature is None:
                raise ValueError(
                    "expected one of the signatures "
                    f"{', '.join(metadata.signatures)}; there is no other"
                )
            return signature, request_arrays(signature, given)
        except ValueError as error:
            raise self._target.error(
                "INVALID_ARGUMENT", str(error), name
            ) from error

    def _ask(self, signature, arrays, deadline):
        def send(deadline):
            return self._transport.predict(signature, arrays, deadline)

        try:
            outputs, version = self._call(send, deadline)
        except ServingError as error:
            if error.code in _DOUBTS:
                self._known = None
            raise
        known = self._known
        if known is not None and version not in (None, known[0].version):
            self._known = None
        return outputs

    def _metadata(self, deadline):
        """The metadata, and whether they were read just now."""
        known = self._known
        if known is not None:
            metadata, then = known
            if self._clock() - then < self._metadata_seconds:
                return metadata, False
        return self._read_metadata(deadline), True

    def _read_metadata(self, deadline):
        metadata = self._call(self._transport.metadata, deadline)
        self._known = metadata, self._clock()
        return metadata

    def _call(self, send, deadline):
        if self._closed:
            raise self._target.error(
                "FAILED_PRECONDITION", "the client is closed"
            )
        return self._retries.call(send, deadline)

    def _deadline(self, timeout):
        seconds = self._timeout if timeout is None else _positive(timeout)
        return Deadline(seconds, self._clock)


def _positive(seconds):
    if not seconds > 0:
        raise ValueError(
            f"timeout: expected seconds above 0, received {seconds}."
        )
    return float(seconds)


def _rows(columns):
    """Columns of one length each; seeds may be an int, the first, or None."""
    columns = dict(columns)
    first = columns.get("seed")
    counted = "seed" in columns and (
        first is None or isinstance(first, (int, np.integer))
    )
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
        first = int(first or 0)
        request["seed"] = list(range(first, first + rows))
    return request


def _listed(captions):
    return [captions] if isinstance(captions, (str, bytes)) else list(captions)
