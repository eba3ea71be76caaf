"""Requests over HTTP, with the package requests."""

import json
import ssl
import time
import urllib.parse
from email.utils import parsedate_to_datetime

from tfragan.serving import model_metadata
from tfragan.serving import tensor_json
from tfragan.serving.serving_error import RETRYABLE_HTTP
from tfragan.serving.serving_error import code_of_http

_CHUNK = 1 << 20
_LONGEST_REASON = 500


class RestTransport:
    """Asks the REST interface of TensorFlow Serving.

    Args:
        target: a `Target`.
        tls: a `Tls`, of use with https.
        headers: dict of headers that each request carries.
        max_message_bytes: the longest request and answer.

    Raises:
        ImportError: requests is not installed.
        OSError: a file of `tls` cannot be read.
    """

    # Answers do not name the version that gave them.
    names_versions = False

    def __init__(self, target, tls, headers, max_message_bytes):
        try:
            import requests
        except ImportError as error:
            raise ImportError(
                'http:// needs requests: pip install "tfragan[serving]".'
            ) from error
        self._requests = requests
        self._target = target
        self._most = max_message_bytes
        tls.contents()
        self._session = requests.Session()
        # No proxies, and no passwords from ~/.netrc.
        self._session.trust_env = False
        system = ssl.get_default_verify_paths()
        self._session.verify = str(
            tls.ca_file or system.cafile or system.capath or ""
        )
        if tls.certificate_file is not None:
            self._session.cert = (str(tls.certificate_file), str(tls.key_file))
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=16)
        self._session.mount("http", adapter)
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                **headers,
            }
        )
        url = f"{target.address}/v1/models/{_quoted(target.model)}"
        if target.version is not None:
            url += f"/versions/{target.version}"
        if target.label is not None:
            url += f"/labels/{_quoted(target.label)}"
        self._url = url

    def status(self, deadline):
        """The `ModelStatus`."""
        body = self._ask("GET", self._url, deadline)
        return self._read(model_metadata.read_status, body)

    def metadata(self, deadline):
        """The `ModelMetadata`."""
        body = self._ask("GET", f"{self._url}/metadata", deadline)
        return self._read(model_metadata.read_metadata, body)

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
                name: tensor_json.to_json(name, array)
                for name, array in arrays.items()
            },
        }
        content = json.dumps(request, separators=(",", ":")).encode()
        if len(content) > self._most:
            raise self._error(
                "RESOURCE_EXHAUSTED",
                f"the request has {len(content):,} bytes, of "
                f"{self._most:,} at most",
                signature.name,
            )
        url = f"{self._url}:predict"
        answer = self._ask("POST", url, deadline, content, signature.name)
        if not isinstance(answer, dict) or "outputs" not in answer:
            raise self._error("INTERNAL", "the answer has no outputs")
        return tensor_json.outputs_of_json(signature, answer["outputs"]), None

    def close(self):
        """Closes the connections."""
        self._session.close()

    def _read(self, read, body):
        try:
            return read(body, self._target.model)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"the answer is of another form than expected: {error!r}"
            raise self._error("INTERNAL", reason) from error

    def _ask(self, method, url, deadline, content=None, signature=None):
        """The parsed JSON of an answer."""
        late = f"no answer within {deadline.seconds:g} s"
        errors = self._requests.exceptions
        if deadline.remaining() <= 0:
            raise self._error("DEADLINE_EXCEEDED", late, signature)
        try:
            with self._session.request(
                method,
                url,
                data=content,
                headers={"Content-Type": "application/json"},
                timeout=deadline.remaining(),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._body(response, deadline, signature)
        except (TimeoutError, errors.Timeout) as error:
            raise self._error("DEADLINE_EXCEEDED", late, signature) from error
        except (errors.SSLError, errors.ConnectionError) as error:
            raise self._error(
                "UNAVAILABLE",
                f"no connection: {_reason(error)}",
                signature,
                retryable=not isinstance(error, errors.SSLError),
            ) from error
        if not 200 <= response.status_code < 300:
            raise self._refusal(response, body, signature)
        try:
            return json.loads(body)
        except ValueError as error:
            reason = f"the answer is no JSON: {error}"
            raise self._error("INTERNAL", reason, signature) from error

    def _body(self, response, deadline, signature):
        """The content, however slowly it comes, until the deadline."""
        import urllib3.exceptions

        chunks, length = [], 0
        try:
            while chunk := response.raw.read1(_CHUNK):
                chunks.append(chunk)
                length += len(chunk)
                if length > self._most:
                    reason = f"the answer has more than {self._most:,} bytes"
                    raise self._error("RESOURCE_EXHAUSTED", reason, signature)
                left = deadline.remaining()
                if left <= 0:
                    raise TimeoutError
                sock = getattr(response.raw.connection, "sock", None)
                if sock is not None:
                    sock.settimeout(left)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise TimeoutError from error
        except urllib3.exceptions.ProtocolError as error:
            reason = f"the answer broke off: {_reason(error)}"
            raise self._error("DATA_LOSS", reason, signature) from error
        return b"".join(chunks)

    def _refusal(self, response, body, signature):
        """The error that an answer other than a success means."""
        status = response.status_code
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
            retry_after=_retry_after(response.headers.get("Retry-After")),
        )

    def _error(self, code, reason, signature=None, **about):
        return self._target.error(code, reason, signature, **about)


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _reason(error):
    """What the innermost of some errors says."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return getattr(error, "strerror", None) or str(error) or repr(error)


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
