"""Both transports give the same arrays and the same errors."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tests.serving.fake_server import CAPTIONS
from tests.serving.fake_server import ECHO
from tests.serving.fake_server import EDIT
from tests.serving.fake_server import Failure
from tests.serving.fake_server import FakeModel
from tests.serving.fake_server import serving
from tfragan.serving import Client
from tfragan.serving import RetryPolicy
from tfragan.serving import ServingError
from tfragan.serving import TensorInfo
from tfragan.serving import Tls

_ECHO = {
    "half": np.array([0.5, -2.0], np.float16),
    "single": np.array([[0.1, 1e-30], [3.0, np.nan]], np.float32),
    "double": np.array([0.1, 1e300]),
    "byte": np.array([0, 255], np.uint8),
    "long": np.array([2**62 + 1, -1], np.int64),
    "flag": np.array([True, False]),
    "text": np.array(["a réd bird".encode(), b""], object),
    "raw_bytes": np.array([b"\xff\x00\xfe", b""], object),
}


@pytest.fixture
def birds(ask, transport):
    model = FakeModel()
    return model, ask(model, transport)


def test_every_dtype_comes_back_as_it_was_sent(ask, transport):
    client = ask(FakeModel(ECHO), transport)

    answer = client.predict(_ECHO)

    assert set(answer) == set(_ECHO)
    for name, expected in _ECHO.items():
        assert answer[name].dtype == expected.dtype, name
        np.testing.assert_array_equal(answer[name], expected)


def test_lists_and_text_are_sent_as_the_dtypes_of_the_signature(birds):
    model, client = birds

    client.predict(caption=["a ré"], seed=[3])

    signature, inputs = model.requests[0]
    assert signature == "serving_default"
    assert inputs["caption"].tolist() == ["a ré".encode()]
    assert inputs["seed"].dtype == np.int32


def test_a_signature_with_maps_and_words_gives_all_of_them(birds):
    _, client = birds

    answer = client.predict(
        signature="with_attention", caption=["a", "b"], seed=[0, 1]
    )

    assert answer["attention_map_2"].dtype == np.float32
    assert answer["attention_map_2"].shape == (2, 2, 2, 3)
    assert answer["words"].shape == (2, 3)
    assert answer["words"][1].tolist() == [b"a", "ré".encode(), b""]
    assert answer["image_bytes"].dtype == object
    assert answer["image_bytes"][0].startswith(b"\x89PNG")


def test_a_single_output_has_its_name_too(ask, transport):
    client = ask(FakeModel(ECHO), transport)

    answer = client.predict({"text": [b"one", b"two"]}, signature="one")

    assert list(answer) == ["text"]
    assert answer["text"].tolist() == [b"one", b"two"]


def test_no_rows_have_the_shape_of_the_signature(ask, transport):
    client = ask(FakeModel(ECHO), transport)

    answer = client.predict(signature="empty", seed=[])

    assert answer["map"].shape == (0, 2, 3)
    assert answer["map"].dtype == np.float32


def test_an_unknown_input_is_refused_before_sending(birds):
    model, client = birds

    with pytest.raises(ServingError, match="no input 'captions'") as found:
        client.predict(captions=["a"], seed=[0])

    assert found.value.code == "INVALID_ARGUMENT"
    assert not found.value.retryable
    text = str(found.value)
    for part in (
        "127.0.0.1",
        "'birds'",
        "'serving_default'",
        "caption: string [?]",
        "seed: int32 [?]",
    ):
        assert part in text
    assert not model.requests


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"caption": ["a"]}, "seed not received"),
        ({"caption": "a", "seed": [0]}, r"received shape \[\]"),
        ({"caption": ["a"], "seed": [0.5]}, "expected int32"),
        ({"caption": [3], "seed": [0]}, "expected text or bytes"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_before_sending(
    birds, inputs, reason
):
    model, client = birds

    with pytest.raises(ServingError, match=reason):
        client.predict(inputs)

    assert not model.requests


def test_an_unknown_signature_is_refused_with_those_there_are(birds):
    with pytest.raises(ServingError, match="serving_default, with_attention"):
        birds[1].predict(signature="attention", caption=["a"], seed=[0])


def test_metadata_tells_names_dtypes_and_shapes(birds):
    _, client = birds

    metadata = client.metadata()

    assert metadata.model == "birds"
    assert metadata.version == 1
    assert set(metadata.signatures) == set(CAPTIONS)
    signature = metadata.signatures["with_attention"]
    assert signature.inputs == {
        "caption": TensorInfo("caption", "string", (None,)),
        "seed": TensorInfo("seed", "int32", (None,)),
    }
    assert signature.outputs["attention_map_2"] == TensorInfo(
        "attention_map_2", "float32", (None, 2, 2, 3)
    )


def test_metadata_is_read_once(birds):
    model, client = birds
    for seed in range(3):
        client.predict(caption=["a"], seed=[seed])

    assert model.metadata_reads == 1
    assert len(model.requests) == 3


def test_another_version_s_signatures_are_found(birds):
    model, client = birds
    client.predict(caption=["a"], seed=[0])
    model.version = 2
    model.signatures = EDIT
    answer = client.predict(image_bytes=[b"x"], caption=["a"])

    assert list(answer) == ["image_bytes"]
    assert model.requests[-1][1]["image_bytes"].tolist() == [b"x"]


def test_an_answer_of_another_version_has_the_metadata_read_again(
    ask, transport, clock
):
    model = FakeModel()
    client = ask(model, transport)
    client.predict(caption=["a"], seed=[0])
    model.version = 2
    inputs, outputs = CAPTIONS["with_masks"]
    model.signatures = {"serving_default": (inputs, outputs)}

    answer = client.predict(caption=["a"], seed=[0])
    client.predict(caption=["a"], seed=[0])

    assert set(answer) == set(outputs)
    assert answer["mask_2"].dtype == np.float32
    assert model.metadata_reads == 2


def test_over_rest_metadata_is_read_again_after_a_while(ask, clock):
    model = FakeModel()
    client = ask(model, "rest", metadata_seconds=30.0)
    client.predict(caption=["a"], seed=[0])
    clock.now += 29.0
    client.predict(caption=["a"], seed=[0])
    assert model.metadata_reads == 1
    clock.now += 2.0
    client.predict(caption=["a"], seed=[0])

    assert model.metadata_reads == 2


def test_status_tells_every_version(birds):
    model, client = birds
    model.states = [(1, "END", "no such file"), (2, "LOADING", "")]

    status = client.status()

    assert not status.ready
    first, second = status.versions
    assert (first.version, first.state) == (1, "END")
    assert (first.error_code, first.error_message) == (
        "INTERNAL",
        "no such file",
    )
    assert (second.state, second.error_code) == ("LOADING", "OK")


def test_an_unknown_model_is_not_found(transport, policy):
    model = FakeModel()
    with serving(model, transport) as address:
        with Client(address, "cats", retry=policy) as client:
            with pytest.raises(ServingError, match="'cats'") as found:
                client.predict(caption=["a"], seed=[0])
            with pytest.raises(ServingError):
                client.status()

    assert found.value.code == "NOT_FOUND"


def test_a_closed_client_says_so(birds):
    _, client = birds
    with client as same:
        assert same is client
        client.predict(caption=["a"], seed=[0])
    client.close()

    with pytest.raises(ServingError, match="closed") as found:
        client.predict(caption=["a"], seed=[0])

    assert found.value.code == "FAILED_PRECONDITION"


def test_threads_get_their_own_answers(birds):
    model, client = birds
    errors, levels = [], {}

    def work(number):
        try:
            for step in range(5):
                seed = number * 5 + step
                (image,) = client.generate("a bird", seed)
                levels[seed] = image.getpixel((0, 0))[0]
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert errors == []
    assert levels == {seed: seed for seed in range(40)}
    assert len(model.requests) == 40


def test_a_version_or_label_is_asked_for(transport, policy):
    model = FakeModel()
    inputs = {"caption": ["a"], "seed": [0]}
    with serving(model, transport) as address:
        with Client(address, "birds", version=7, retry=policy) as client:
            client.predict(inputs)
            if transport == "rest":
                assert model.path == "/v1/models/birds/versions/7:predict"
            else:
                assert model.asked_spec.version.value == 7
        with Client(address, "birds", label="stable", retry=policy) as client:
            client.predict(inputs)
            if transport == "rest":
                assert model.path == "/v1/models/birds/labels/stable:predict"
            else:
                assert model.asked_spec.version_label == "stable"


def test_headers_travel_with_each_request(ask, transport):
    model = FakeModel()
    client = ask(model, transport, headers={"Authorization": "Bearer x"})

    client.predict(caption=["a"], seed=[0])

    assert len(model.headers) == 2
    for headers in model.headers:
        folded = {name.lower(): value for name, value in headers.items()}
        assert folded["authorization"] == "Bearer x"


def test_the_deadline_holds_for_a_server_that_does_not_answer(ask, transport):
    model = FakeModel()
    client = ask(model, transport)
    client.predict(caption=["a"], seed=[0])
    model.failures = [Failure(act="stall")]
    start = time.monotonic()

    with pytest.raises(ServingError, match=r"within 0\.3 s") as found:
        client.predict(caption=["a"], seed=[0], timeout=0.3)

    assert found.value.code == "DEADLINE_EXCEEDED"
    assert not found.value.retryable
    assert 0.2 < time.monotonic() - start < 5.0
    assert model.failures == []
    assert len(model.requests) == 1


def test_a_server_that_wants_to_know_its_clients_is_shown_a_certificate(
    transport, certificate
):
    model = FakeModel()
    model.knows_clients = True
    policy = RetryPolicy(tries=1)
    own = Tls(certificate[0], *certificate)
    with serving(model, transport, certificate) as address:
        with Client(address, "birds", retry=policy, tls=own) as client:
            assert client.status().ready
        unknown = Tls(certificate[0])
        with Client(address, "birds", retry=policy, tls=unknown) as client:
            with pytest.raises(ServingError) as found:
                client.status()

    assert found.value.code == "UNAVAILABLE"


def test_a_certificate_needs_its_key(certificate):
    with pytest.raises(ValueError, match="key_file"):
        Tls(certificate_file=certificate[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "timeout"),
        ({"max_message_bytes": 0}, "max_message_bytes"),
        ({"max_message_bytes": 2**31}, "max_message_bytes"),
        ({"version": 1, "label": "stable"}, "version and label"),
    ],
)
def test_arguments_that_cannot_be_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Client("http://localhost:8501", "birds", **options)


def test_a_rest_client_needs_no_tensorflow():
    code = (
        "import sys; from tfragan.serving import Client; "
        "Client('http://localhost:1', 'birds'); "
        "sys.exit(bool({'tensorflow', 'keras', 'grpc'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_waiting_ends_when_the_model_is_there(ask, transport, clock):
    model = FakeModel()
    model.failures = [
        Failure(404, "NOT_FOUND"),
        Failure(503, "UNAVAILABLE"),
    ]
    client = ask(model, transport)

    assert client.wait_until_ready(30.0).ready
    assert clock.sleeps == pytest.approx([0.1, 0.2])


def test_waiting_ends_with_what_kept_the_model(ask, transport, clock):
    model = FakeModel()
    model.states = [(1, "END", "no such file")]
    client = ask(model, transport)

    with pytest.raises(ServingError, match="no such file") as found:
        client.wait_until_ready(3.0)

    assert found.value.code == "DEADLINE_EXCEEDED"
    assert sum(clock.sleeps) == pytest.approx(3.0)


def test_waiting_is_of_no_use_without_permission(ask, transport, clock):
    model = FakeModel()
    model.failures = [Failure(403, "PERMISSION_DENIED")]
    client = ask(model, transport)

    with pytest.raises(ServingError) as found:
        client.wait_until_ready(3.0)

    assert found.value.code == "PERMISSION_DENIED"
    assert clock.sleeps == []
