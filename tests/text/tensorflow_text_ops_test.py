"""What needs tensorflow-text says so where it is not installed."""

import sys

import pytest

from tfragan.text.tensorflow_text_ops import tensorflow_text_ops


def test_a_missing_package_is_named_with_its_version(monkeypatch):
    # Python takes this for a module that cannot be imported.
    monkeypatch.setitem(sys.modules, "tensorflow_text", None)

    with pytest.raises(ImportError, match="pip install 'tensorflow-text>=2"):
        tensorflow_text_ops()
