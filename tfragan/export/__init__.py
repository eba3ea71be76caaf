"""Models as SavedModels or TensorFlow Lite files, checked before use."""

from tfragan.export.lite import lite
from tfragan.export.saved_model import saved_model
from tfragan.export.serving import ExportError
from tfragan.export.serving import verify
from tfragan.export.verification import Parity

__all__ = ["ExportError", "Parity", "lite", "saved_model", "verify"]
