"""Models as SavedModels, checked against what they were made from."""

from tfragan.export.saved_model import ExportError
from tfragan.export.saved_model import saved_model
from tfragan.export.verification import Parity
from tfragan.export.verification import verify

__all__ = ["ExportError", "Parity", "saved_model", "verify"]
