from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from cli.stopping import exit_code_of_stop
from shared.cluster.kubernetes import read_kubernetes_cluster
from shared.errors import StoppedError
from tests.architecture.source_tree import REPOSITORY
from tests.deploy.command_lines import parse

FOLDER = REPOSITORY / "deploy" / "kubernetes"
VERSIONS = ("1.31", "1.37")
"""The oldest and the newest Kubernetes that the manifests are for, and whose schemas are at
hand."""


def read(name: str) -> dict[str, dict[str, Any]]:
    """The documents of a manifest by kind."""
    return {
        document["kind"]: document for document in yaml.safe_load_all((FOLDER / name).read_text())
    }


def pod_of_the_job() -> dict[str, Any]:
    """The pod template."""
    template: dict[str, Any] = read("indexed-job.yaml")["Job"]["spec"]["template"]
    return template


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["Service", "NetworkPolicy", "Job"])
def test_the_job_and_what_it_needs_fit_their_schemas(kind: str, version: str) -> None:
    kubernetes_validate.validate(read("indexed-job.yaml")[kind], version, strict=True)


def test_a_field_that_does_not_exist_is_found() -> None:
    job = read("indexed-job.yaml")["Job"]
    job["spec"]["template"]["spec"]["subDomain"] = "workers"
    with pytest.raises(kubernetes_validate.ValidationError, match="subDomain"):
        kubernetes_validate.validate(job, VERSIONS[-1], strict=True)


def test_what_the_container_starts_is_a_command_line_that_exists() -> None:
    (container,) = pod_of_the_job()["spec"]["containers"]
    parameters = parse(container["args"])
    assert parameters["run_dir"] == Path("/runs/sentiment/sst2")
    assert parameters["resume"]


def test_a_pod_that_was_stopped_after_a_checkpoint_has_not_succeeded() -> None:
    (container,) = pod_of_the_job()["spec"]["containers"]
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    assert exit_code_of_stop(StoppedError("Saved.", signal.SIGTERM), environment) == 143


def test_data_and_runs_lie_on_volumes() -> None:
    pod = pod_of_the_job()["spec"]
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
    (container,) = pod_of_the_job()["spec"]["containers"]
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


def test_the_image_copies_what_exists_and_starts_what_the_manifests_expect() -> None:
    lines = (REPOSITORY / "deploy" / "Dockerfile").read_text().splitlines()
    copied = [source for line in lines if line.startswith("COPY ") for source in line.split()[1:-1]]
    assert {"cli", "pipelines", "shared", "data", "requirements.txt"} <= set(copied)
    assert all((REPOSITORY / source).exists() for source in copied)
    assert lines[-1] == 'ENTRYPOINT ["python", "-m", "pipelines"]'
    (user,) = re.findall(r"--uid (\d+)", "\n".join(lines))
    assert int(user) == pod_of_the_job()["spec"]["securityContext"]["runAsUser"]
