"""A server reads what it is told, and batches only where that does good."""

import pytest
from google.protobuf import text_format

from tests.export import server_texts
from tests.export.exported_folder import EXAMPLE_LABELS
from tests.export.exported_folder import SERVED_FILES
from tests.export.exported_folder import write_example
from tests.export.exported_folder import write_version
from tfragan.export import server_config
from tfragan.export.deployment import Deployment
from tfragan.export.deployment import write_deployment
from tfragan.export.exported_models import read_exported_models
from tfragan.export.servings import ExportError


def test_the_server_loads_the_labelled_versions(tmp_path):
    models = read_exported_models(write_example(tmp_path))
    labels = server_config.labels_of(models, EXAMPLE_LABELS)
    text = server_config.models_config(labels)
    config = server_texts.model_server_config(text)
    found = {
        model.name: (
            model.base_path,
            model.model_platform,
            list(model.model_version_policy.specific.versions),
            dict(model.version_labels),
        )
        for model in config.model_config_list.config
    }

    assert found == {
        "birds": (
            "/models/birds",
            "tensorflow",
            [1, 2],
            {"stable": 1, "canary": 2},
        ),
        "edit": ("/models/edit", "tensorflow", [1], {"stable": 1}),
        "photos": ("/models/photos", "tensorflow", [3], {"stable": 3}),
    }


def _batching(folder, told, **versions):
    """Flags, text and parameters of a deployment with these versions."""
    for name, of_version in versions.items():
        write_version(folder / "models", name, 1, **of_version)
    loaded = server_config.loaded_versions(
        read_exported_models(folder / "models"), {}
    )
    batching, reason = server_config.choose_batching(loaded, told)
    flags = server_config.server_flags(4, batching)
    write_deployment(
        folder / "models", folder / "out", Deployment(batching=told)
    )
    text = (folder / "out" / "batching_parameters.txt").read_text("utf-8")
    assert reason in text
    return flags, text, server_texts.batching_parameters(text)


@pytest.mark.parametrize(
    ("told", "versions", "on"),
    [
        ("auto", {"a": {"row_by_row": False}}, True),
        ("auto", {"a": {"row_by_row": True}}, False),
        ("auto", {"a": {"row_by_row": False}, "b": {}}, False),
        (
            "auto",
            {"a": {"row_by_row": False, "signatures": SERVED_FILES}},
            False,
        ),
        ("on", {"a": {"row_by_row": True}}, True),
        ("off", {"a": {"row_by_row": False}}, False),
    ],
)
def test_requests_share_batches_only_where_that_does_good(
    tmp_path, told, versions, on
):
    flags, text, parameters = _batching(tmp_path, told, **versions)

    assert ("--enable_batching=true" in flags) == on
    # Alone the file is a fatal error to a server.
    assert any("batching_parameters_file" in flag for flag in flags) == on
    assert f"Batching is {'on' if on else 'off'}" in text
    for flag in flags:
        assert flag.removeprefix("--").partition("=")[0] in server_texts.FLAGS
    sizes = list(parameters.allowed_batch_sizes)
    rows = any(one.get("row_by_row", True) for one in versions.values())
    assert bool(sizes) != rows
    assert sizes == sorted(set(sizes))
    assert not sizes or sizes[-1] == parameters.max_batch_size.value
    assert parameters.num_batch_threads.value >= 1


def test_texts_that_no_server_reads_are_found():
    with pytest.raises(text_format.ParseError):
        server_texts.batching_parameters("max_batch_size: 8")
    with pytest.raises(text_format.ParseError):
        server_texts.monitoring_config("prometheus { enable: true }")


def test_the_server_is_of_the_newest_tensorflow_that_wrote_a_model(tmp_path):
    write_version(tmp_path / "models", "a", 1, tensorflow_version="2.9.3")
    write_version(tmp_path / "models", "b", 1, tensorflow_version="2.21.1")
    write_deployment(tmp_path / "models", tmp_path / "out")
    text = (tmp_path / "out" / "Dockerfile").read_text("utf-8")

    assert "ARG SERVING_VERSION=2.21.1\n" in text


def test_a_model_of_no_release_needs_a_server_by_number(tmp_path):
    write_version(tmp_path / "models", "a", 1, tensorflow_version="2.22.0-rc1")

    with pytest.raises(ExportError, match="a/1 was written by TensorFlow"):
        write_deployment(tmp_path / "models", tmp_path / "out")
    write_deployment(
        tmp_path / "models",
        tmp_path / "out",
        Deployment(server_version="2.22.0"),
    )
    assert (tmp_path / "out" / "Dockerfile").is_file()


@pytest.mark.parametrize("compiled", [True, False])
def test_a_server_of_a_compiled_model_may_compile(tmp_path, compiled):
    write_version(tmp_path / "models", "a", 1, jit_compile=compiled)
    write_deployment(tmp_path / "models", tmp_path / "out", Deployment())
    for name in ("Dockerfile", "kubernetes/base/deployment.yaml"):
        text = (tmp_path / "out" / name).read_text("utf-8")
        assert ("--xla_cpu_compilation_enabled=true" in text) == compiled
