"""An exported model paints the same bytes for one, for many, in any way."""

import concurrent.futures
import subprocess

import numpy as np
import pytest
import tensorflow as tf

import tfragan
from tests.local_server.asking import Client
from tests.models import small_models
from tfragan.local_server.options import Options
from tfragan.local_server.process import ServerProcess

_CAPTIONS = ("a red bird", "a blue bird", "", "bird", "red", "no such word")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The folder of a tiny AttnGAN's only version."""
    folder = tmp_path_factory.mktemp("serving") / "attngan"
    return tfragan.export.saved_model(small_models.attngan(), folder)


def test_an_exported_model_answers_the_same_alone_and_among_others(exported):
    options = Options(
        {"birds": str(exported.parent)},
        rest_port=0,
        grpc_port=0,
        workers=1,
        batch_timeout_ms=100,
    )
    request = {
        "caption": np.array(_CAPTIONS, object),
        "seed": np.arange(len(_CAPTIONS), dtype=np.int32),
    }
    with ServerProcess(options, stderr=subprocess.DEVNULL) as server:
        client = Client(server)

        def ask(place):
            one = {name: value[[place]] for name, value in request.items()}
            return client.predict("birds", one)["image_bytes"][0]

        places = range(len(_CAPTIONS))
        alone = [ask(place) for place in places]
        with concurrent.futures.ThreadPoolExecutor(len(places)) as pool:
            neighbours = list(pool.map(ask, places))
        together = client.predict("birds", request)["image_bytes"].tolist()
        _, models = client.get("/v1/models")
        client.close()

    served = tf.saved_model.load(str(exported)).signatures["serving_default"]
    constants = {name: tf.constant(value) for name, value in request.items()}
    loaded = served(**constants)["image_bytes"].numpy().tolist()
    assert alone == neighbours == together == loaded
    assert models[0]["versions"][0]["class_name"] == "AttnGAN"
