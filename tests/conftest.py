"""Session-wide test set-up: two logical devices and one strategy."""

import contextlib
import ctypes
import gc
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# What XLA compiles here runs once: faster code is not worth its wait.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 "
    "--xla_llvm_disable_expensive_passes=true",
)

import keras
import pytest
import tensorflow as tf


def pytest_configure(config):
    cpu = tf.config.list_physical_devices("CPU")[0]
    if not tf.config.get_logical_device_configuration(cpu):
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * 2
        )


@pytest.fixture(scope="session")
def mirrored():
    """The process's only `MirroredStrategy`, over two logical CPUs."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A headless Chromium."""
    # Most tests need none of what it imports.
    from tests.browser import Browser

    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@contextlib.contextmanager
def run_eagerly():
    """Tracing and compiling take longer than a few tiny steps."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@pytest.fixture
def eager():
    """Functions of TensorFlow run eagerly in the test."""
    with run_eagerly():
        yield


@pytest.fixture(autouse=True)
def _fresh_keras_state():
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(autouse=True, scope="module")
def _memory_of_the_models_of_a_file():
    """Gives back what the models of a file held: workers stay small."""
    yield
    # TensorFlow keeps the kernels of every function ever called.
    keras.utils.clear_session()
    gc.collect()
    if sys.platform == "linux":
        # Freed blocks between others stay with the process otherwise.
        ctypes.CDLL(None).malloc_trim(0)
