"""A deployment's files agree with each other and with what a server reads."""

import json
import re

import pytest
import yaml
from google.protobuf import text_format

from tests.export import server_texts
from tests.export.exported_folder import EXAMPLE_LABELS
from tests.export.exported_folder import SERVED_FILES
from tests.export.exported_folder import write_example
from tests.export.exported_folder import write_version
from tfragan.export import deployment
from tfragan.export.deployment import FILES
from tfragan.export.deployment import Deployment
from tfragan.export.deployment import write_deployment
from tfragan.export.serving import ExportError

_KUBERNETES = [name for name in FILES if name.startswith("kubernetes/base")]


def _read(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    write_example(folder / "serving")
    write_deployment(
        folder / "serving",
        folder / "deploy",
        Deployment(labels=EXAMPLE_LABELS),
    )
    return _read(folder / "deploy")


@pytest.fixture(scope="module")
def objects(example):
    """Kubernetes' objects by kind and name."""
    return {
        (entry["kind"], entry["metadata"]["name"]): entry
        for name in _KUBERNETES
        if not name.endswith("kustomization.yaml")
        for entry in yaml.safe_load_all(example[name])
    }


@pytest.fixture(scope="module")
def pod(objects):
    return objects["Deployment", "tfragan-serving"]["spec"]["template"]["spec"]


def _flags(arguments):
    found = {}
    for argument in arguments:
        name, value = re.fullmatch(r"--(\w+)=(.+)", argument).groups()
        assert name not in found
        found[name] = value
    return found


def _docker_command(text, instruction):
    """The list of an instruction in JSON form."""
    joined = text.replace("\\\n", " ")
    found = re.findall(rf"^{instruction} (?:CMD )?(\[.*\])$", joined, re.M)
    assert len(found) == 1
    return json.loads(found[0])


def test_nothing_is_left_to_fill_in(example):
    assert sorted(example) == sorted(FILES)
    for name, text in example.items():
        assert not re.search("@[a-z_]+@", text), name


def test_an_installed_package_has_the_kit(tmp_path, monkeypatch):
    assert deployment.kit_folder().name == "export"
    (tmp_path / "serving_kit").mkdir()
    monkeypatch.setattr(deployment, "_PACKAGE", tmp_path)
    assert deployment.kit_folder() == tmp_path / "serving_kit"


def test_prometheus_finds_the_metrics_where_the_server_has_them(
    example, objects
):
    config = server_texts.monitoring_config(example["monitoring.config"])
    (job,) = yaml.safe_load(example["prometheus.yml"])["scrape_configs"]
    template = objects["Deployment", "tfragan-serving"]["spec"]["template"]
    annotations = template["metadata"]["annotations"]
    (target,) = job["static_configs"][0]["targets"]
    host, port = target.split(":")
    services = yaml.safe_load(example["compose.yaml"])["services"]

    assert config.prometheus_config.enable
    path = config.prometheus_config.path
    assert path == job["metrics_path"] == annotations["prometheus.io/path"]
    assert port == annotations["prometheus.io/port"] == "8501"
    for name in ("server", "server-gpu"):
        assert host in services[name]["networks"]["default"]["aliases"]


def test_alerts_are_of_the_job_that_is_watched_and_of_known_metrics(example):
    (job,) = yaml.safe_load(example["prometheus.yml"])["scrape_configs"]
    (group,) = yaml.safe_load(example["alerts.yml"])["groups"]

    assert len(group["rules"]) == 5
    for rule in group["rules"]:
        jobs = re.findall(r'job="([^"]+)"', rule["expr"])
        assert jobs
        assert set(jobs) == {job["job_name"]}
        metrics = re.findall(r":tensorflow[\w:]+", rule["expr"])
        assert set(metrics) <= server_texts.METRICS, rule["alert"]
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_every_flag_is_one_that_the_server_has(example, pod):
    (container,) = pod["containers"]
    of_docker = _flags(_docker_command(example["Dockerfile"], "CMD"))

    assert set(of_docker) <= server_texts.FLAGS
    assert _flags(container["args"]) == of_docker
    assert container["command"] == _docker_command(
        example["Dockerfile"], "ENTRYPOINT"
    )
    # Without it labels are refused at the start.
    assert of_docker["allow_version_labels_for_unavailable_models"] == "true"


def test_ports_agree(example, objects, pod):
    (container,) = pod["containers"]
    flags = _flags(container["args"])
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    exposed = re.search(r"^EXPOSE (.+)$", example["Dockerfile"], re.M)[1]
    compose = yaml.safe_load(example["compose.yaml"])["services"]["server"]

    assert str(ports["grpc"]) == flags["port"]
    assert str(ports["http"]) == flags["rest_api_port"]
    assert exposed.split() == [flags["port"], flags["rest_api_port"]]
    assert compose["ports"] == [
        f"127.0.0.1:{port}:{port}" for port in ports.values()
    ]
    for kind, name in objects:
        if kind == "Service":
            for port in objects[kind, name]["spec"]["ports"]:
                assert port["port"] == ports[port["targetPort"]]
    assert pod["containers"][0]["livenessProbe"]["tcpSocket"]["port"] in ports


def test_files_are_where_the_flags_say(example, objects, pod):
    (container,) = pod["containers"]
    mounts = {
        one["name"]: one["mountPath"] for one in container["volumeMounts"]
    }
    volumes = {one["name"]: one for one in pod["volumes"]}
    config = objects["ConfigMap", volumes["config"]["configMap"]["name"]]
    claim = volumes["models"]["persistentVolumeClaim"]["claimName"]
    copied = re.search(r"^COPY (\w.+) (/\S+)/$", example["Dockerfile"], re.M)
    flags = _flags(container["args"])
    used = [value for name, value in flags.items() if name.endswith("_file")]
    compose = yaml.safe_load(example["compose.yaml"])["services"]["server"]

    assert sorted(volumes) == sorted(mounts)
    assert copied[1].split() == list(config["data"])
    assert copied[2] == mounts["config"]
    for name, text in config["data"].items():
        assert text == example[name]
    assert len(used) == 2
    for path in used:
        assert path.rpartition("/")[0] == mounts["config"]
        assert path.rpartition("/")[2] in config["data"]
    assert ("PersistentVolumeClaim", claim) in objects
    assert [one["target"] for one in compose["volumes"]] == [mounts["models"]]
    assert compose["volumes"][0]["source"] == "./../serving"
    models = server_texts.model_server_config(example["models.config"])
    for model in models.model_config_list.config:
        assert model.base_path == f"{mounts['models']}/{model.name}"


def test_probes_ask_for_every_model(example, pod):
    (container,) = pod["containers"]
    models = server_texts.model_server_config(example["models.config"])
    names = [model.name for model in models.model_config_list.config]
    expected = ["bash", "/config/probe.sh", *names]

    assert container["readinessProbe"]["exec"]["command"] == expected
    assert container["startupProbe"]["exec"]["command"] == expected
    health = _docker_command(
        example["Dockerfile"].replace("HEALTHCHECK", "\nHEALTHCHECK"),
        r"HEALTHCHECK .*?",
    )
    assert health == expected


def test_objects_of_kubernetes_find_each_other(example, objects, pod):
    server = objects["Deployment", "tfragan-serving"]
    labels = server["spec"]["template"]["metadata"]["labels"]
    budget = objects["PodDisruptionBudget", "tfragan-serving"]["spec"]
    scaled = objects["HorizontalPodAutoscaler", "tfragan-serving"]["spec"]
    base = yaml.safe_load(example["kubernetes/base/kustomization.yaml"])
    gpu = yaml.safe_load(example["kubernetes/gpu/kustomization.yaml"])

    assert server["spec"]["selector"]["matchLabels"] == labels
    assert budget["selector"]["matchLabels"] == labels
    assert scaled["scaleTargetRef"]["name"] == "tfragan-serving"
    for (kind, _), entry in objects.items():
        if kind == "Service":
            assert entry["spec"]["selector"] == labels
    assert sorted(base["resources"]) == sorted(
        name.rpartition("/")[2]
        for name in _KUBERNETES
        if not name.endswith("kustomization.yaml")
    )
    assert gpu["resources"] == ["../base"]
    image, _, tag = pod["containers"][0]["image"].partition(":")
    assert gpu["images"] == [{"name": image, "newTag": f"{tag}-gpu"}]
    for patch in gpu["patches"]:
        found = yaml.safe_load(example[f"kubernetes/gpu/{patch['path']}"])
        assert (found["kind"], found["metadata"]["name"]) in objects


def test_a_gpu_is_asked_for_of_the_same_container(example, pod):
    patch = yaml.safe_load(example["kubernetes/gpu/deployment_patch.yaml"])
    (container,) = patch["spec"]["template"]["spec"]["containers"]

    assert container["name"] == pod["containers"][0]["name"]
    assert container["resources"]["limits"] == {"nvidia.com/gpu": 1}


def test_the_server_is_not_root_and_writes_nothing_but_scratch(example, pod):
    (container,) = pod["containers"]
    (user,) = re.findall(r"^USER (\d+):\d+$", example["Dockerfile"], re.M)
    server = yaml.safe_load(example["compose.yaml"])["services"]["server"]
    writable = [
        one["name"]
        for one in container["volumeMounts"]
        if not one.get("readOnly")
    ]

    assert int(user) == pod["securityContext"]["runAsUser"] != 0
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert writable == ["scratch"]
    assert server["read_only"] is True
    assert server["tmpfs"] == ["/tmp"]


def test_requests_end_before_the_server_does(pod):
    (container,) = pod["containers"]
    flags = _flags(container["args"])
    _, pause = container["lifecycle"]["preStop"]["exec"]["command"]

    assert int(flags["rest_api_timeout_in_ms"]) <= 1000 * int(pause)
    assert int(pause) < pod["terminationGracePeriodSeconds"]


def test_a_path_of_any_letters_is_mounted_as_it_is(tmp_path):
    models = tmp_path / 'über "$HOME" \\ models'
    write_version(models, "birds", 1)
    write_deployment(models, tmp_path / "out")
    text = (tmp_path / "out" / "compose.yaml").read_text("utf-8")
    (volume,) = yaml.safe_load(text)["services"]["server"]["volumes"]

    # Compose takes two dollars for one.
    source = volume["source"].replace("$$", "$")
    assert (tmp_path / "out" / source).resolve() == models.resolve()
    assert volume["source"].count("$") == 2


def test_the_server_loads_the_labelled_versions(example):
    config = server_texts.model_server_config(example["models.config"])
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
    write_deployment(
        folder / "models", folder / "out", Deployment(batching=told)
    )
    files = _read(folder / "out")
    text = files["batching_parameters.txt"]
    flags = _docker_command(files["Dockerfile"], "CMD")
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


@pytest.mark.parametrize(
    "name",
    ["my birds", "-birds", "birds_", "b" * 64, "birds:2", "vögel"],
)
def test_names_that_no_server_takes_are_refused(tmp_path, name):
    write_version(tmp_path / "models", name, 1)

    with pytest.raises(ExportError, match="expected a name of at most 63"):
        write_deployment(tmp_path / "models", tmp_path / "out")


def test_folders_that_hold_no_models_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder"):
        write_deployment(tmp_path / "none", tmp_path / "out")
    (tmp_path / "models").mkdir()
    with pytest.raises(ExportError, match="found none"):
        write_deployment(tmp_path / "models", tmp_path / "out")
    (tmp_path / "models" / "birds" / "01").mkdir(parents=True)
    with pytest.raises(ExportError, match="birds: expected versions"):
        write_deployment(tmp_path / "models", tmp_path / "out")


def test_the_folder_of_one_model_is_told_from_that_of_all(tmp_path):
    place = write_version(tmp_path / "models", "birds", 1)

    for folder in (tmp_path / "models" / "birds", place):
        with pytest.raises(ExportError, match="that of one; name"):
            write_deployment(folder, tmp_path / "out")


def _without(*fields):
    def change(file):
        told = json.loads(file.read_text("utf-8"))
        for field in fields:
            del told[field]
        file.write_text(json.dumps(told))

    return change


@pytest.mark.parametrize(
    ("file", "change", "sentence"),
    [
        ("saved_model.pb", lambda file: file.unlink(), "expected a SavedModel"),
        ("export.json", lambda file: file.unlink(), "expected the description"),
        ("export.json", lambda file: file.write_text("{"), "expected JSON"),
        ("export.json", lambda file: file.write_text("[]"), "expected bool"),
        ("export.json", _without("row_by_row"), "row_by_row: expected bool"),
        ("export.json", _without("signatures"), "signatures: expected dict"),
    ],
)
def test_a_broken_version_is_named(tmp_path, file, change, sentence):
    change(write_version(tmp_path / "models", "birds", 1) / file)

    with pytest.raises(ExportError, match=sentence) as caught:
        write_deployment(tmp_path / "models", tmp_path / "out")
    assert "birds/1" in str(caught.value)


def test_only_the_versions_that_are_loaded_have_to_be_whole(tmp_path):
    write_version(tmp_path / "models", "birds", 1)
    (tmp_path / "models" / "birds" / "2").mkdir()
    (tmp_path / "models" / "birds" / "00000123").mkdir()
    labels = {"birds": {"stable": 1}}

    write_deployment(
        tmp_path / "models", tmp_path / "out", Deployment(labels=labels)
    )
    with pytest.raises(ExportError, match="birds/2: expected a SavedModel"):
        write_deployment(tmp_path / "models", tmp_path / "other")
