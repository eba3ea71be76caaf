"""Base class of the package's tests."""

from tests.layer_contract import LayerContract
from tests.model_contract import ModelContract
from tests.replica_contract import ReplicaContract


class TestCase(LayerContract, ReplicaContract, ModelContract):
    """Contracts that a test class of a layer or a model can check.

    >>> class TestDense(TestCase):
    ...     def test_contract(self):
    ...         self.run_layer_test(Dense, {"units": 2}, ...)
    """
