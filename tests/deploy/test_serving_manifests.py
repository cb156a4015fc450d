"""Manifests and configuration for the stock TensorFlow Serving image and for KServe."""

from __future__ import annotations

import re
from typing import Any

import kubernetes_validate
import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from shared.run.artefacts.published_file import LabelMove, PublishedRecord
from shared.serving.publishing.server_config import render_server_config
from tests.architecture.source_tree import REPOSITORY
from tests.deploy.serving_messages import batching_parameters, monitoring_config

STOCK = REPOSITORY / "deploy" / "tf-serving"
KUBERNETES = REPOSITORY / "deploy" / "kubernetes"
VERSIONS = ("1.31", "1.37")
KINDS = (
    "ConfigMap",
    "Deployment",
    "Service",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "NetworkPolicy",
)


def compose() -> dict[str, Any]:
    """The one service of the compose file."""
    text = (STOCK / "compose.yaml").read_text(encoding="utf-8")
    service: dict[str, Any] = yaml.safe_load(text)["services"]["serving"]
    return service


def manifests() -> dict[str, dict[str, Any]]:
    text = (KUBERNETES / "serving.yaml").read_text(encoding="utf-8")
    return {document["kind"]: document for document in yaml.safe_load_all(text)}


def container() -> dict[str, Any]:
    (found,) = manifests()["Deployment"]["spec"]["template"]["spec"]["containers"]
    return dict(found)


def text_of(name: str) -> str:
    return (STOCK / name).read_text(encoding="utf-8")


def moves(**versions: int) -> PublishedRecord:
    labels = ("stable", "canary")
    held = tuple(
        LabelMove(label=label, reason="publish", version=versions[label], moved_at="now")
        for label in labels
    )
    return PublishedRecord(model="sentiment", moves=held)


def test_the_example_of_models_is_what_publish_writes() -> None:
    shown = text_format.Parse(text_of("models.config"), ModelServerConfig())
    written = render_server_config([moves(stable=3, canary=4)])
    assert shown == text_format.Parse(written, ModelServerConfig())
    (model,) = shown.model_config_list.config
    assert dict(model.version_labels) == {"stable": 3, "canary": 4}
    assert list(model.model_version_policy.specific.versions) == [3, 4]


def test_batching_and_monitoring_are_what_the_server_reads() -> None:
    batching = text_format.Parse(text_of("batching.config"), batching_parameters())
    assert (batching.max_batch_size.value, batching.max_enqueued_batches.value) == (32, 64)
    assert batching.num_batch_threads.value >= 1
    assert not batching.pad_variable_length_inputs
    monitoring = text_format.Parse(text_of("monitoring.config"), monitoring_config())
    assert monitoring.prometheus_config.enable


def test_a_parameter_that_does_not_exist_is_found() -> None:
    with pytest.raises(text_format.ParseError, match="max_batch"):
        text_format.Parse("max_batch { value: 3 }", batching_parameters())
    with pytest.raises(text_format.ParseError):
        text_format.Parse("max_batch_size: 3", batching_parameters())


def test_both_ways_start_the_server_alike() -> None:
    assert compose()["command"] == container()["args"]
    assert compose()["image"] == container()["image"]
    config = manifests()["ConfigMap"]["data"]
    for name, message in (
        ("batching.config", batching_parameters),
        ("monitoring.config", monitoring_config),
    ):
        in_cluster = text_format.Parse(config[name], message())
        assert in_cluster == text_format.Parse(text_of(name), message())


def test_every_file_that_the_server_is_told_of_is_mounted() -> None:
    told = re.findall(r"--\w+=(/\S+)", " ".join(container()["args"]))
    mounted = [one["mountPath"] for one in container()["volumeMounts"]]
    assert all(any(path.startswith(f"{folder}/") for folder in mounted) for path in told)
    targets = [one.rsplit(":", 2)[-2] for one in compose()["volumes"]]
    assert all(any(path == one or path.startswith(f"{one}/") for one in targets) for path in told)
    sources = [one.split(":", 1)[0] for one in compose()["volumes"] if one.startswith("./")]
    assert all((STOCK / source).is_file() for source in sources)


def test_the_service_is_open_to_this_machine_only_and_may_write_nothing() -> None:
    assert all(port.startswith("127.0.0.1:") for port in compose()["ports"])
    assert compose()["read_only"]
    assert all(one.endswith(":ro") for one in compose()["volumes"])
    assert container()["securityContext"]["readOnlyRootFilesystem"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_manifests_fit_their_schemas(kind: str, version: str) -> None:
    kubernetes_validate.validate(manifests()[kind], version, strict=True)


def test_a_field_that_does_not_exist_is_found() -> None:
    deployment = manifests()["Deployment"]
    deployment["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)


def test_names_in_the_manifests_agree() -> None:
    documents = manifests()
    assert set(documents) == set(KINDS)
    deployment = documents["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selectors = [
        deployment["spec"]["selector"]["matchLabels"],
        documents["Service"]["spec"]["selector"],
        documents["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        documents["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(one == labels for one in selectors)
    target = documents["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"])
    assert "replicas" not in deployment["spec"]  # each apply would undo the autoscaler
    ports = {one["name"] for one in container()["ports"]}
    asked = {one["targetPort"] for one in documents["Service"]["spec"]["ports"]}
    probes = ("startupProbe", "readinessProbe", "livenessProbe")
    checked = {
        (container()[one].get("httpGet") or container()[one]["tcpSocket"])["port"] for one in probes
    }
    assert asked == ports
    assert checked <= ports


def inference_service() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((KUBERNETES / "kserve.yaml").read_text(encoding="utf-8"))
    return found


# KServe's own schema is not at hand: what serving.kserve.io/v1beta1 calls the fields used here.
FIELDS: dict[str, Any] = {
    "apiVersion": str,
    "kind": str,
    "metadata": {"name": str},
    "spec": {
        "predictor": {
            "minReplicas": int,
            "maxReplicas": int,
            "scaleMetric": str,
            "scaleTarget": int,
            "timeout": int,
            "model": {
                "modelFormat": {"name": str},
                "protocolVersion": str,
                "runtimeVersion": str,
                "storageUri": str,
                "resources": {
                    "requests": {"cpu": str, "memory": str},
                    "limits": {"memory": str},
                },
            },
        }
    },
}


def unknown_fields(value: Any, known: Any, place: str = "") -> list[str]:
    """Fields that have another name or type than the table above says."""
    if not isinstance(known, dict):
        return [] if isinstance(value, known) else [f"{place}: {value!r}"]
    return [
        fault
        for name, inner in value.items()
        for fault in (
            unknown_fields(inner, known[name], f"{place}.{name}")
            if name in known
            else [f"{place}.{name}"]
        )
    ]


def test_the_inference_service_has_fields_that_kserve_knows() -> None:
    service = inference_service()
    assert (service["apiVersion"], service["kind"]) == (
        "serving.kserve.io/v1beta1",
        "InferenceService",
    )
    assert unknown_fields(service, FIELDS) == []
    model = service["spec"]["predictor"]["model"]
    assert model["modelFormat"] == {"name": "tensorflow"}
    assert model["protocolVersion"] == "v1"
    claim = re.fullmatch(r"pvc://([\w-]+)/sentiment", model["storageUri"])
    volumes = manifests()["Deployment"]["spec"]["template"]["spec"]["volumes"]
    claims = [
        one["persistentVolumeClaim"]["claimName"]
        for one in volumes
        if "persistentVolumeClaim" in one
    ]
    assert claim is not None
    assert claims == [claim[1]]
    image = container()["image"]
    assert image.endswith(f":{model['runtimeVersion']}")


def test_a_field_that_kserve_does_not_know_is_found() -> None:
    service = inference_service()
    service["spec"]["predictor"]["minReplica"] = "1"
    service["spec"]["predictor"]["maxReplicas"] = "8"
    assert len(unknown_fields(service, FIELDS)) == 2
