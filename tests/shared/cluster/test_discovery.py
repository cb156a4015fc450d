from __future__ import annotations

import pytest

from shared.cluster.discovery import find_cluster
from shared.cluster.tf_config import EXAMPLE
from shared.errors import ConfigError
from tests.shared.cluster.test_kubernetes import POD
from tests.shared.cluster.test_slurm import STEP


def test_a_process_on_its_own_has_no_cluster_and_its_environment_stays() -> None:
    environment: dict[str, str] = {"PATH": "/bin"}
    assert find_cluster(environment) is None
    assert environment == {"PATH": "/bin"}


@pytest.mark.parametrize(
    ("environment", "origin"),
    [
        ({**STEP, **POD, "TF_CONFIG": EXAMPLE}, "TF_CONFIG"),
        ({**STEP, **POD}, "Kubernetes"),
        (dict(STEP), "Slurm"),
    ],
)
def test_what_is_said_by_hand_wins_over_kubernetes_and_kubernetes_over_slurm(
    environment: dict[str, str], origin: str
) -> None:
    cluster = find_cluster(environment)
    assert cluster is not None
    assert cluster.origin == origin


def test_tensorflow_is_told_what_was_found() -> None:
    environment = dict(STEP)
    cluster = find_cluster(environment)
    assert cluster is not None
    assert environment["TF_CONFIG"] == cluster.to_tf_config()


def test_a_malformed_value_is_refused_although_another_source_is_right() -> None:
    with pytest.raises(ConfigError, match="TF_CONFIG is not JSON"):
        find_cluster({**STEP, "TF_CONFIG": "{"})
