"""Which model of which server is meant."""

import dataclasses
import os
import pathlib
import urllib.parse

from tfragan.serving.serving_error import ServingError

_SCHEMES = {
    "http": ("rest", False),
    "https": ("rest", True),
    "grpc": ("grpc", False),
    "grpcs": ("grpc", True),
}
_WANTED = (
    "expected an address such as http://localhost:8501, https://host, "
    "grpc://localhost:8500 or grpcs://host:443"
)


@dataclasses.dataclass(frozen=True)
class Tls:
    """How a server proves who it is, and the client.

    Attributes:
        ca_file: PEM file of the authorities to trust, None for those of the
            system.
        certificate_file: PEM file of the client's own certificate.
        key_file: PEM file of its private key.
    """

    ca_file: str | os.PathLike | None = None
    certificate_file: str | os.PathLike | None = None
    key_file: str | os.PathLike | None = None

    def __post_init__(self):
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError(
                "certificate_file and key_file: expected both or none, "
                f"received {self.certificate_file} and {self.key_file}."
            )

    def contents(self):
        """What the files hold, as gRPC takes it: authorities, key, own.

        Raises:
            OSError: one cannot be read.
        """
        files = (self.ca_file, self.key_file, self.certificate_file)
        return [
            None if file is None else pathlib.Path(file).read_bytes()
            for file in files
        ]


@dataclasses.dataclass(frozen=True)
class Target:
    """A server and a model on it.

    Attributes:
        address: as the user wrote it.
        transport: `"rest"` or `"grpc"`.
        secure: whether the connection is encrypted.
        host: name or number of the machine, without brackets.
        port: int, or None for the default one.
        path: what comes before `/v1` in REST, such as `"/team"`, or empty.
        model: the model's name.
        version: int, or None.
        label: str, or None.
    """

    address: str
    transport: str
    secure: bool
    host: str
    port: int | None
    path: str
    model: str
    version: int | None = None
    label: str | None = None

    def __str__(self):
        which = ""
        if self.version is not None:
            which = f" version {self.version}"
        if self.label is not None:
            which = f" label {self.label!r}"
        return f"{self.address}, model {self.model!r}{which}"

    def error(self, code, reason, signature=None, **about):
        """A `ServingError` that names the server, the model and a signature.

        Args:
            code: see `ServingError`.
            reason: see `ServingError`.
            signature: name of a signature, or None.
            **about: further arguments of `ServingError`.
        """
        subject = str(self)
        if signature is not None:
            subject += f", signature {signature!r}"
        return ServingError(code, reason, subject, **about)


def target(address, model, version=None, label=None):
    """Reads an address.

    Args:
        address: `http://`, `https://`, `grpc://` or `grpcs://`, a host and a
            port; of the first two also a path before `/v1`.
        model: the model's name.
        version: number of a version, by default the latest.
        label: label of a version, in place of its number.

    Returns:
        A `Target`.

    Raises:
        ValueError: one of them is not as expected.
    """
    if not model or not isinstance(model, str):
        raise ValueError(f"model: expected a name, received {model!r}.")
    if version is not None and label is not None:
        raise ValueError(
            "version and label: expected one of them, received "
            f"{version!r} and {label!r}."
        )
    if version is not None and (
        isinstance(version, bool) or not isinstance(version, int) or version < 0
    ):
        raise ValueError(f"version: expected a number, received {version!r}.")
    parts, port = _parts(address)
    transport, secure = _SCHEMES[parts.scheme]
    path = parts.path.rstrip("/")
    if transport == "grpc" and (path or port is None):
        raise ValueError(f"{address!r}: {_WANTED}, with a port and no path.")
    return Target(
        address=address.rstrip("/"),
        transport=transport,
        secure=secure,
        host=parts.hostname,
        port=port,
        path=path,
        model=model,
        version=version,
        label=label,
    )


def _parts(address):
    message = f"{address!r}: {_WANTED}."
    if not isinstance(address, str):
        raise ValueError(message)
    try:
        parts = urllib.parse.urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ValueError(message) from error
    extras = parts.query or parts.fragment or parts.username
    if parts.scheme not in _SCHEMES or not parts.hostname or extras:
        raise ValueError(message)
    return parts, port
