"""What TensorFlow Serving reads, as its sources have it.

The messages of models.config come with tensorflow-serving-api. Those of
batching_parameters.txt and monitoring.config do not: they are built here, with
the names, numbers and types of an older session_bundle_config.proto, and with
the names of published examples.
"""

from google.protobuf import descriptor_pb2
from google.protobuf import descriptor_pool
from google.protobuf import message_factory
from google.protobuf import text_format
from google.protobuf import wrappers_pb2
from tensorflow_serving.config import model_server_config_pb2

# Of tensorflow_serving/model_servers/main.cc, without the experimental ones.
FLAGS = {
    "port",
    "grpc_socket_path",
    "rest_api_port",
    "rest_api_num_threads",
    "rest_api_timeout_in_ms",
    "rest_api_enable_cors_support",
    "enable_batching",
    "allow_version_labels_for_unavailable_models",
    "batching_parameters_file",
    "enable_per_model_batching_parameters",
    "model_config_file",
    "model_config_file_poll_wait_seconds",
    "model_name",
    "model_base_path",
    "num_load_threads",
    "num_unload_threads",
    "max_num_load_retries",
    "load_retry_interval_micros",
    "file_system_poll_wait_seconds",
    "flush_filesystem_caches",
    "tensorflow_session_parallelism",
    "tensorflow_session_config_file",
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
    "ssl_config_file",
    "platform_config_file",
    "per_process_gpu_memory_fraction",
    "saved_model_tags",
    "grpc_channel_arguments",
    "grpc_max_threads",
    "enable_model_warmup",
    "num_request_iterations_for_warmup",
    "version",
    "monitoring_config_file",
    "remove_unused_fields_from_bundle_metagraph",
    "enable_signature_method_name_check",
    "enable_profiler",
    "thread_pool_factory_config_file",
}

METRICS = {
    ":tensorflow:cc:saved_model:load_attempt_count",
    ":tensorflow:serving:request_count",
    ":tensorflow:serving:request_latency_bucket",
}

_WRAPPED = "google.protobuf.Int64Value"
# Message to field to number and type; a list is of a repeated field.
_MESSAGES = {
    "PrometheusConfig": {"enable": (1, "bool"), "path": (2, "string")},
    "MonitoringConfig": {"prometheus_config": (1, "kit.PrometheusConfig")},
    "BatchingParameters": {
        "max_batch_size": (1, _WRAPPED),
        "batch_timeout_micros": (2, _WRAPPED),
        "max_enqueued_batches": (3, _WRAPPED),
        "num_batch_threads": (4, _WRAPPED),
        "thread_pool_name": (5, "google.protobuf.StringValue"),
        "allowed_batch_sizes": (6, ["int64"]),
        "pad_variable_length_inputs": (7, "bool"),
    },
}
_FIELD = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _FIELD.TYPE_BOOL,
    "int64": _FIELD.TYPE_INT64,
    "string": _FIELD.TYPE_STRING,
}


def _messages():
    file = descriptor_pb2.FileDescriptorProto(
        name="kit.proto", package="kit", syntax="proto3"
    )
    file.dependency.append(wrappers_pb2.DESCRIPTOR.name)
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            label = _FIELD.LABEL_OPTIONAL
            if isinstance(kind, list):
                (kind,) = kind
                label = _FIELD.LABEL_REPEATED
            entry = message.field.add(name=field, number=number, label=label)
            if kind in _SCALARS:
                entry.type = _SCALARS[kind]
            else:
                entry.type = _FIELD.TYPE_MESSAGE
                entry.type_name = f".{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"kit.{name}")
        )
        for name in _MESSAGES
    }


_CLASSES = _messages()


def model_server_config(text):
    """The message of a models.config."""
    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig())


def monitoring_config(text):
    """The message of a monitoring.config."""
    return text_format.Parse(text, _CLASSES["MonitoringConfig"]())


def batching_parameters(text):
    """The message of a batching_parameters.txt."""
    return text_format.Parse(text, _CLASSES["BatchingParameters"]())
