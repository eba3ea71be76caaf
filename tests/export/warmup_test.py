import sys

import numpy as np
import pytest
import tensorflow as tf

import tfragan
from tests.models import small_models
from tfragan.export.caption_serving import CaptionServing
from tfragan.export.warmup import write_warmup_requests


def test_without_the_messages_the_extra_is_named(tmp_path, monkeypatch):
    for name in ("tensorflow_serving", "tensorflow_serving.apis"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"tfragan\[serving\]"):
        tfragan.export.saved_model(
            small_models.attngan(), tmp_path / "serving", warmup=["a bird"]
        )
    assert not (tmp_path / "serving").exists()


def test_the_requests_are_answered_by_the_signatures(
    exported, served, tmp_path
):
    pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    from tensorflow_serving.apis import prediction_log_pb2

    requests = CaptionServing(exported.model).warmup_requests(
        ["a red bird", ""]
    )
    write_warmup_requests(tmp_path, requests)
    file = tmp_path / "assets.extra" / "tf_serving_warmup_requests"
    asked = []
    for record in tf.data.TFRecordDataset(str(file)):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        inputs = {
            name: tf.constant(tf.make_ndarray(value))
            for name, value in request.inputs.items()
        }
        asked.append(request.model_spec.signature_name)
        answer = served[asked[-1]](**inputs)
        assert all(np.shape(value)[0] == 2 for value in answer.values())
    assert sorted(asked) == sorted(served)
