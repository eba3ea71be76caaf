"""Addresses say what they mean, or what was expected."""

import pytest

from tfragan.serving.target import target


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://localhost:8501", ("rest", False, "localhost", 8501, "")),
        ("https://example.com", ("rest", True, "example.com", None, "")),
        ("http://[::1]:8501/", ("rest", False, "::1", 8501, "")),
        ("https://host/team/a/", ("rest", True, "host", None, "/team/a")),
        ("grpc://10.0.0.1:8500", ("grpc", False, "10.0.0.1", 8500, "")),
        ("grpcs://host:443", ("grpc", True, "host", 443, "")),
    ],
)
def test_an_address_has_its_parts(address, expected):
    found = target(address, "birds")

    assert (
        found.transport,
        found.secure,
        found.host,
        found.port,
        found.path,
    ) == expected


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8501",
        "ftp://localhost",
        "http://",
        "http://host:port",
        "http://host:99999",
        "http://host?x=1",
        "http://user@host",
        "grpc://host",
        "grpc://host:1/path",
        None,
        8501,
    ],
)
def test_other_addresses_are_refused_with_examples(address):
    with pytest.raises(ValueError, match="http://localhost:8501"):
        target(address, "birds")


@pytest.mark.parametrize("version", ["1", True, -1, 1.0])
def test_a_version_is_a_number(version):
    with pytest.raises(ValueError, match="version"):
        target("http://host", "birds", version=version)


def test_a_model_has_a_name():
    with pytest.raises(ValueError, match="model"):
        target("http://host", "")


def test_errors_name_server_model_version_and_signature():
    one = target("http://host", "birds", version=3)
    error = one.error("NOT_FOUND", "there is none.", "edit")

    assert str(error) == (
        "http://host, model 'birds' version 3, signature 'edit': "
        "there is none (NOT_FOUND)."
    )
