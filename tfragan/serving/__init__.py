"""Asking servers of exported models; TensorFlow is not needed over REST."""

from tfragan.serving.client import Client
from tfragan.serving.client import RetryPolicy
from tfragan.serving.model_metadata import ModelMetadata
from tfragan.serving.model_metadata import ModelStatus
from tfragan.serving.model_metadata import Signature
from tfragan.serving.model_metadata import TensorInfo
from tfragan.serving.model_metadata import VersionStatus
from tfragan.serving.request_images import image_file
from tfragan.serving.request_images import picture
from tfragan.serving.transports import ServingError
from tfragan.serving.transports import Tls

__all__ = [
    "Client",
    "ModelMetadata",
    "ModelStatus",
    "RetryPolicy",
    "ServingError",
    "Signature",
    "TensorInfo",
    "Tls",
    "VersionStatus",
    "image_file",
    "picture",
]
