"""Models as SavedModels, checked against what they were made from."""

from tfragan.export.saved_model import saved_model
from tfragan.export.servings import ExportError
from tfragan.export.servings import verify
from tfragan.export.verification import Parity

__all__ = ["ExportError", "Parity", "saved_model", "verify"]
