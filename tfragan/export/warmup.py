"""Requests that TensorFlow Serving answers before it takes others."""

import pathlib

import tensorflow as tf


def require_serving_api():
    """Imports the messages of TensorFlow Serving.

    Returns:
        The modules `predict_pb2` and `prediction_log_pb2`.

    Raises:
        ImportError: tensorflow-serving-api is not installed.
    """
    try:
        from tensorflow_serving.apis import predict_pb2
        from tensorflow_serving.apis import prediction_log_pb2
    except ImportError as error:
        raise ImportError(
            "warm-up requests need tensorflow-serving-api: "
            'pip install "tfragan[serving]".'
        ) from error
    return predict_pb2, prediction_log_pb2


def write_warmup_requests(path, requests):
    """Writes requests to where TensorFlow Serving looks for them.

    Args:
        path: folder of one version.
        requests: list of pairs of the signature and a dict of arrays by name,
            see `Serving.warmup_requests`.

    Raises:
        ImportError: tensorflow-serving-api is not installed.
    """
    predict_pb2, prediction_log_pb2 = require_serving_api()
    file = pathlib.Path(path) / "assets.extra" / "tf_serving_warmup_requests"
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature, inputs in requests:
            request = predict_pb2.PredictRequest()
            request.model_spec.signature_name = signature
            for name, value in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())
