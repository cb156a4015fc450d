from __future__ import annotations

import pytest

from shared.cluster.cluster import Cluster
from shared.cluster.kubernetes import read_kubernetes_cluster
from shared.errors import ConfigError

POD = {
    "PLUMBLINE_SERVICE": "workers",
    "PLUMBLINE_JOB": "train",
    "PLUMBLINE_WORKERS": "3",
    "JOB_COMPLETION_INDEX": "1",
}


def test_pods_of_an_indexed_job_find_each_other_by_name() -> None:
    assert read_kubernetes_cluster(POD) == Cluster(
        ("train-0.workers:2222", "train-1.workers:2222", "train-2.workers:2222"), 1, "Kubernetes"
    )


def test_the_port_can_be_chosen() -> None:
    cluster = read_kubernetes_cluster({**POD, "PLUMBLINE_PORT": "9000"})
    assert cluster is not None
    assert cluster.workers[0] == "train-0.workers:9000"


def test_a_pod_of_something_else_is_alone() -> None:
    assert (
        read_kubernetes_cluster(
            {"JOB_COMPLETION_INDEX": "1", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}
        )
        is None
    )


@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    [
        ("PLUMBLINE_SERVICE", "", "must be the name of the headless service.*received ''"),
        ("PLUMBLINE_JOB", None, "must be the name of the Job.*received None"),
        ("PLUMBLINE_JOB", "My Job", "must be the name of the Job.*received 'My Job'"),
        ("PLUMBLINE_WORKERS", None, "from 1 to 10000 .the Job's completions.; received None"),
        ("PLUMBLINE_WORKERS", "0", "from 1 to 10000.*received '0'"),
        ("JOB_COMPLETION_INDEX", None, "completionMode: Indexed.*received None"),
        ("JOB_COMPLETION_INDEX", "3", "from 0 to 2.*received '3'"),
        ("JOB_COMPLETION_INDEX", "-1", "from 0 to 2.*received '-1'"),
        ("JOB_COMPLETION_INDEX", "²", "from 0 to 2.*received '²'"),
        ("PLUMBLINE_PORT", "http", "from 1 to 65535.*received 'http'"),
        ("PLUMBLINE_PORT", "0", "from 1 to 65535.*received '0'"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, value: str | None, fault: str) -> None:
    environment = {
        name: text for name, text in {**POD, variable: value}.items() if text is not None
    }
    with pytest.raises(ConfigError, match=rf"^{variable} .*{fault}"):
        read_kubernetes_cluster(environment)
