"""Requests over HTTP, on connections that are used again."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
import urllib.parse
from email.utils import parsedate_to_datetime

from tfragan.serving import json_values
from tfragan.serving import model_metadata
from tfragan.serving.serving_error import RETRYABLE_HTTP
from tfragan.serving.serving_error import code_of_http

_IDLE_CONNECTIONS = 16
_CHUNK = 1 << 20
_LONGEST_REASON = 500


class RestTransport:
    """Asks the REST interface of TensorFlow Serving.

    Args:
        target: a `Target`.
        tls: a `Tls`, of use with https.
        headers: dict of headers that each request carries.
        max_message_bytes: the longest request and answer.
    """

    # Answers do not name the version that gave them.
    names_versions = False

    def __init__(self, target, tls, headers, max_message_bytes):
        self._target = target
        self._headers = dict(headers)
        self._most = max_message_bytes
        self._context = _context(tls) if target.secure else None
        self._idle = []
        self._lock = threading.Lock()
        self._closed = False
        path = f"{target.path}/v1/models/{_quoted(target.model)}"
        if target.version is not None:
            path += f"/versions/{target.version}"
        if target.label is not None:
            path += f"/labels/{_quoted(target.label)}"
        self._path = path

    def status(self, deadline):
        """The `ModelStatus`."""
        body = self._ask("GET", self._path, deadline)
        return self._read(model_metadata.status_of_json, body)

    def metadata(self, deadline):
        """The `ModelMetadata`."""
        body = self._ask("GET", f"{self._path}/metadata", deadline)
        return self._read(model_metadata.metadata_of_json, body)

    def predict(self, signature, arrays, deadline):
        """The outputs, and None for the version that gave them.

        Args:
            signature: a `Signature`.
            arrays: dict of input name to array.
            deadline: a `Deadline`.

        Raises:
            ValueError: the answer is not of the signature.
        """
        request = {
            "signature_name": signature.name,
            "inputs": {
                name: json_values.to_json(name, array)
                for name, array in arrays.items()
            },
        }
        answer = self._ask(
            "POST",
            f"{self._path}:predict",
            deadline,
            json.dumps(request, separators=(",", ":")).encode(),
            signature.name,
        )
        if not isinstance(answer, dict) or "outputs" not in answer:
            raise self._error("INTERNAL", "the answer has no outputs")
        return json_values.outputs_of_json(signature, answer["outputs"]), None

    def close(self):
        """Closes the connections."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _read(self, read, body):
        try:
            return read(body, self._target.model)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"the answer is of another form than expected: {error!r}"
            raise self._error("INTERNAL", reason) from error

    def _ask(self, method, path, deadline, content=None, signature=None):
        """The parsed JSON of an answer."""
        if content is not None and len(content) > self._most:
            reason = (
                f"the request has {len(content):,} bytes, of "
                f"{self._most:,} at most"
            )
            raise self._error("RESOURCE_EXHAUSTED", reason, signature)
        response, body = self._exchanged(
            method, path, content, deadline, signature
        )
        if not 200 <= response.status < 300:
            raise self._refusal(response, body, signature)
        try:
            return json.loads(body)
        except ValueError as error:
            reason = f"the answer is no JSON: {error}"
            raise self._error("INTERNAL", reason, signature) from error

    def _exchanged(self, method, path, content, deadline, signature):
        """The response and its content; what goes wrong as `ServingError`."""
        try:
            return self._exchange(method, path, content, deadline)
        except TimeoutError as error:
            reason = f"no answer within {deadline.seconds:g} s"
            raise self._error("DEADLINE_EXCEEDED", reason, signature) from error
        except _TooLong as error:
            reason = f"the answer has more than {self._most:,} bytes"
            raise self._error(
                "RESOURCE_EXHAUSTED", reason, signature
            ) from error
        except _BrokenAnswer as error:
            reason = f"the answer broke off: {error}"
            raise self._error("DATA_LOSS", reason, signature) from error
        except ssl.SSLCertVerificationError as error:
            reason = f"the server's certificate: {error.verify_message}"
            raise self._error("UNAVAILABLE", reason, signature) from error
        except (OSError, http.client.HTTPException) as error:
            lasting = (ssl.SSLError, http.client.HTTPException)
            passing = (ConnectionError, ssl.SSLEOFError)
            raise self._error(
                "UNAVAILABLE",
                f"no connection: {_reason(error)}",
                signature,
                retryable=isinstance(error, passing)
                or not isinstance(error, lasting),
            ) from error

    def _exchange(self, method, path, content, deadline):
        """Sends; again at once where a connection that idled was gone."""
        connection = self._take()
        if connection is not None:
            with contextlib.suppress(ConnectionError):
                return self._once(connection, method, path, content, deadline)
            # Servers drop idle connections whenever they like, and then all.
            self._forget()
        return self._once(self._new(), method, path, content, deadline)

    def _once(self, connection, method, path, content, deadline):
        try:
            response, sock = self._send(
                connection, method, path, content, deadline
            )
            body = self._body(sock, response, deadline)
        except BaseException:
            connection.close()
            raise
        self._give_back(connection, response)
        return response, body

    def _send(self, connection, method, path, content, deadline):
        if connection.sock is None:
            connection.timeout = _left(deadline)
            connection.connect()
        # The connection forgets it where the answer is the last one.
        sock = connection.sock
        sock.settimeout(_left(deadline))
        headers = {"Accept": "application/json", **self._headers}
        if content is not None:
            headers["Content-Type"] = "application/json"
        # Who refuses a long request may not read it to the end.
        with contextlib.suppress(BrokenPipeError):
            connection.request(method, path, content, headers)
        sock.settimeout(_left(deadline))
        return connection.getresponse(), sock

    def _body(self, sock, response, deadline):
        """The content, however slowly it comes, until the deadline."""
        chunks, length = [], 0
        while True:
            sock.settimeout(_left(deadline))
            try:
                chunk = response.read1(_CHUNK)
            except (ConnectionError, http.client.HTTPException) as error:
                raise _BrokenAnswer(_reason(error)) from error
            if not chunk:
                break
            chunks.append(chunk)
            length += len(chunk)
            if length > self._most:
                raise _TooLong
        if response.length:
            raise _BrokenAnswer(f"{response.length:,} bytes are missing")
        # It is the connection's until then.
        response.close()
        return b"".join(chunks)

    def _take(self):
        """A connection that idles, or None."""
        with self._lock:
            if self._closed:
                raise self._error("FAILED_PRECONDITION", "the client is closed")
            return self._idle.pop() if self._idle else None

    def _new(self):
        target = self._target
        if target.secure:
            return http.client.HTTPSConnection(
                target.host, target.port, context=self._context
            )
        return http.client.HTTPConnection(target.host, target.port)

    def _forget(self):
        """Closes what is idle: it was dropped too."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _give_back(self, connection, response):
        with self._lock:
            full = len(self._idle) >= _IDLE_CONNECTIONS
            if not (full or self._closed or response.will_close):
                self._idle.append(connection)
                return
        connection.close()

    def _refusal(self, response, body, signature):
        """The error that an answer other than a success stands for."""
        status = response.status
        text = body.decode("utf-8", "replace")
        try:
            text = str(json.loads(text)["error"])
        except (KeyError, TypeError, ValueError):
            text = text[:_LONGEST_REASON] or response.reason
        return self._error(
            code_of_http(status),
            f"HTTP {status}: {' '.join(text.split())}",
            signature,
            retryable=status in RETRYABLE_HTTP,
            retry_after=_retry_after(response.getheader("Retry-After")),
        )

    def _error(self, code, reason, signature=None, **about):
        return self._target.error(code, reason, signature, **about)


class _TooLong(Exception):
    """An answer is longer than admitted."""


class _BrokenAnswer(Exception):
    """A connection ended amid an answer."""


def _left(deadline):
    seconds = deadline.remaining()
    if seconds <= 0:
        raise TimeoutError("the deadline passed")
    return seconds


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _reason(error):
    if isinstance(error, socket.gaierror):
        return f"unknown host: {error.strerror}"
    return getattr(error, "strerror", None) or str(error) or repr(error)


def _context(tls):
    context = ssl.create_default_context(
        cafile=None if tls.ca_file is None else str(tls.ca_file)
    )
    if tls.certificate_file is not None:
        context.load_cert_chain(str(tls.certificate_file), str(tls.key_file))
    return context


def _retry_after(text):
    """Seconds, of a number or a date; None of anything else."""
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
