from __future__ import annotations

import copy
import re
import signal
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from cli.stopping import exit_code_of_stop
from shared.cluster.kubernetes import read_kubernetes_cluster
from shared.cluster.tf_config import parse_tf_config
from shared.errors import StoppedError
from tests.architecture.source_tree import REPOSITORY
from tests.deploy.command_lines import parse

FOLDER = REPOSITORY / "deploy" / "kubernetes"
VERSIONS = ("1.31", "1.37")
"""The oldest and the newest Kubernetes that the manifests are for, and whose schemas are at
hand."""
TFJOB_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "kubeflow.org/v1"},
        "kind": {"const": "TFJob"},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "required": ["tfReplicaSpecs"],
            "properties": {
                "enableDynamicWorker": {"type": "boolean"},
                "successPolicy": {"enum": ["", "AllWorkers"]},
                "runPolicy": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "activeDeadlineSeconds": {"type": "integer"},
                        "backoffLimit": {"type": "integer"},
                        "cleanPodPolicy": {"enum": ["All", "Running", "None"]},
                        "schedulingPolicy": {"type": "object"},
                        "suspend": {"type": "boolean"},
                        "ttlSecondsAfterFinished": {"type": "integer"},
                    },
                },
                "tfReplicaSpecs": {
                    "type": "object",
                    "propertyNames": {"enum": ["Chief", "Worker", "PS", "Evaluator"]},
                    "additionalProperties": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "replicas": {"type": "integer", "minimum": 1},
                            "restartPolicy": {"enum": ["Always", "OnFailure", "Never", "ExitCode"]},
                            "template": {"type": "object"},
                        },
                    },
                },
            },
        },
    },
}
"""What the custom resource adds around a pod template (training-operator 1.x, API reference of
kubeflow.org/v1)."""


def read(name: str) -> dict[str, dict[str, Any]]:
    """The documents of a manifest by kind."""
    return {
        document["kind"]: document for document in yaml.safe_load_all((FOLDER / name).read_text())
    }


def pod_of(kind: str) -> dict[str, Any]:
    """The pod template of a Job or TFJob."""
    spec = read({"Job": "indexed-job.yaml", "TFJob": "tfjob.yaml"}[kind])[kind]["spec"]
    template: dict[str, Any] = (spec if kind == "Job" else spec["tfReplicaSpecs"]["Worker"])[
        "template"
    ]
    return template


def check_tfjob(manifest: dict[str, Any], version: str) -> None:
    """The operator's fields by the schema above, the pod template as Kubernetes checks it in a Job."""
    jsonschema.validate(manifest, TFJOB_SCHEMA)
    for replica in manifest["spec"]["tfReplicaSpecs"].values():
        template = copy.deepcopy(replica["template"])
        template["spec"].setdefault("restartPolicy", "OnFailure")  # the operator fills it in
        job = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "checked"},
            "spec": {"template": template},
        }
        kubernetes_validate.validate(job, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["Service", "NetworkPolicy", "Job"])
def test_the_job_and_what_it_needs_fit_their_schemas(kind: str, version: str) -> None:
    kubernetes_validate.validate(read("indexed-job.yaml")[kind], version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_tfjob_fits_its_schemas(version: str) -> None:
    check_tfjob(read("tfjob.yaml")["TFJob"], version)


def test_a_field_that_does_not_exist_is_found() -> None:
    job = read("indexed-job.yaml")["Job"]
    job["spec"]["template"]["spec"]["subDomain"] = "workers"
    with pytest.raises(kubernetes_validate.ValidationError, match="subDomain"):
        kubernetes_validate.validate(job, VERSIONS[-1], strict=True)
    tfjob = read("tfjob.yaml")["TFJob"]
    tfjob["spec"]["tfReplicaSpecs"]["Worker"]["template"]["spec"]["containers"][0]["arguments"] = []
    with pytest.raises(kubernetes_validate.ValidationError, match="arguments"):
        check_tfjob(tfjob, VERSIONS[-1])
    with pytest.raises(jsonschema.ValidationError, match="cleanPods"):
        check_tfjob(
            {**tfjob, "spec": {**tfjob["spec"], "runPolicy": {"cleanPods": "All"}}}, VERSIONS[-1]
        )


@pytest.mark.parametrize("kind", ["Job", "TFJob"])
def test_what_the_container_starts_is_a_command_line_that_exists(kind: str) -> None:
    (container,) = pod_of(kind)["spec"]["containers"]
    parameters = parse(container["args"])
    assert parameters["run_dir"] == Path("/runs/sentiment/sst2")
    assert parameters["resume"]


@pytest.mark.parametrize("kind", ["Job", "TFJob"])
def test_a_pod_that_was_stopped_after_a_checkpoint_has_not_succeeded(kind: str) -> None:
    (container,) = pod_of(kind)["spec"]["containers"]
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    assert exit_code_of_stop(StoppedError("Saved.", signal.SIGTERM), environment) == 143


@pytest.mark.parametrize("kind", ["Job", "TFJob"])
def test_data_and_runs_lie_on_volumes(kind: str) -> None:
    pod = pod_of(kind)["spec"]
    (container,) = pod["containers"]
    parameters, mounts = (
        parse(container["args"]),
        {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]},
    )
    claims = {volume["name"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume}
    assert {
        mounts["/" + str(path).split("/")[1]]
        for path in (parameters["data"], parameters["run_dir"])
    } <= claims


def test_every_pod_of_the_job_finds_the_cluster() -> None:
    job = read("indexed-job.yaml")["Job"]
    (container,) = pod_of("Job")["spec"]["containers"]
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    clusters = [
        read_kubernetes_cluster({**environment, "JOB_COMPLETION_INDEX": str(index)})
        for index in range(job["spec"]["completions"])
    ]
    assert [cluster and cluster.index for cluster in clusters] == [0, 1, 2, 3]
    workers = {cluster.workers for cluster in clusters if cluster}
    assert workers == {
        tuple(f"plumbline-train-{index}.plumbline-workers:2222" for index in range(4))
    }


def test_the_names_in_the_job_are_those_of_its_service_and_pods() -> None:
    documents = read("indexed-job.yaml")
    job, service, policy = documents["Job"], documents["Service"], documents["NetworkPolicy"]
    pod = job["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    assert (
        job["spec"]["parallelism"]
        == job["spec"]["completions"]
        == int(environment["PLUMBLINE_WORKERS"])
    )
    assert environment["PLUMBLINE_JOB"] == job["metadata"]["name"]
    assert (
        environment["PLUMBLINE_SERVICE"] == pod["spec"]["subdomain"] == service["metadata"]["name"]
    )
    assert service["spec"]["clusterIP"] == "None"
    assert (
        service["spec"]["selector"]
        == policy["spec"]["podSelector"]["matchLabels"]
        == pod["metadata"]["labels"]
    )
    assert service["spec"]["ports"][0]["port"] == container["ports"][0]["containerPort"] == 2222


def test_what_the_operator_sets_in_a_tfjob_is_understood() -> None:
    # As set_tf_config of training-operator 1.x writes it, its own fields included.
    text = (
        '{"cluster":{"worker":["plumbline-train-worker-0.default.svc:2222","plumbline-train-worker-1.default.svc:2222"]},'
        '"task":{"type":"worker","index":1},"environment":"cloud"}'
    )
    cluster = parse_tf_config(text)
    assert cluster is not None
    assert (cluster.index, cluster.num_workers) == (1, 2)
    (container,) = pod_of("TFJob")["spec"]["containers"]
    assert (container["name"], container["ports"][0]["name"]) == ("tensorflow", "tfjob-port")


def test_the_image_copies_what_exists_and_starts_what_the_manifests_expect() -> None:
    lines = (REPOSITORY / "deploy" / "Dockerfile").read_text().splitlines()
    copied = [source for line in lines if line.startswith("COPY ") for source in line.split()[1:-1]]
    assert {"cli", "pipelines", "shared", "data", "requirements.txt"} <= set(copied)
    assert all((REPOSITORY / source).exists() for source in copied)
    assert lines[-1] == 'ENTRYPOINT ["python", "-m", "pipelines"]'
    (user,) = re.findall(r"--uid (\d+)", "\n".join(lines))
    assert int(user) == pod_of("Job")["spec"]["securityContext"]["runAsUser"]
