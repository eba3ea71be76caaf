"""A deployment's files agree with each other and with what a server reads."""

import json
import pathlib
import re

import pytest
import yaml

from tests.export import server_texts
from tests.export.exported_folder import EXAMPLE_LABELS
from tests.export.exported_folder import write_example
from tests.export.exported_folder import write_version
from tfragan.export.deployment import FILES
from tfragan.export.deployment import Deployment
from tfragan.export.deployment import write_deployment
from tfragan.export.servings import ExportError

_COMMITTED = pathlib.Path(__file__).parents[2] / "export"
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


def test_the_files_in_export_are_those_of_the_example(example):
    committed = _read(_COMMITTED)
    committed.pop("README.md")

    assert sorted(committed) == sorted(FILES) == sorted(example)
    for name, text in example.items():
        assert committed[name] == text, name


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
    deployment = objects["Deployment", "tfragan-serving"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    budget = objects["PodDisruptionBudget", "tfragan-serving"]["spec"]
    scaled = objects["HorizontalPodAutoscaler", "tfragan-serving"]["spec"]
    base = yaml.safe_load(example["kubernetes/base/kustomization.yaml"])
    gpu = yaml.safe_load(example["kubernetes/gpu/kustomization.yaml"])

    assert deployment["spec"]["selector"]["matchLabels"] == labels
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


def test_the_refusal_of_a_value_names_it(tmp_path):
    write_version(tmp_path / "models", "birds", 1)
    for deployment, sentence in (
        (Deployment(name="Birds"), "name: expected"),
        (Deployment(name="a" * 51), "name: expected"),
        (Deployment(cpus=0), "cpus: expected at least 1"),
        (Deployment(server_version="latest"), "server_version: expected"),
        (Deployment(labels={"bird": {"stable": 1}}), "one of the models"),
        (Deployment(labels={"birds": {"stable": 2}}), "one of the versions 1"),
        (Deployment(labels={"birds": {"my/label": 1}}), "label of birds"),
    ):
        with pytest.raises(ExportError, match=sentence):
            write_deployment(tmp_path / "models", tmp_path / "out", deployment)
        assert not (tmp_path / "out").exists()


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
