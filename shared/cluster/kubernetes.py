"""The cluster of an indexed Kubernetes Job whose pods stand behind a headless service.

Kubernetes names the pods `<job>-<index>` and, since they belong to a headless service by
`subdomain`, resolves `<job>-<index>.<service>` to each (Kubernetes documentation: "Job with
Pod-to-Pod Communication"). It sets JOB_COMPLETION_INDEX itself; the other variables stand in the
manifest, deploy/kubernetes/indexed-job.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.cluster.cluster import PORT_VARIABLE, Cluster
from shared.errors import ConfigError

__all__ = ["SERVICE_VARIABLE", "read_kubernetes_cluster"]

SERVICE_VARIABLE = "PLUMBLINE_SERVICE"
_JOB = "PLUMBLINE_JOB"
_WORKERS = "PLUMBLINE_WORKERS"
_INDEX = "JOB_COMPLETION_INDEX"
_DEFAULT_PORT = "2222"
_DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""Names of services and Jobs (RFC 1123)."""


def read_kubernetes_cluster(environment: Mapping[str, str]) -> Cluster | None:
    """The cluster that a pod's environment variables describe; None outside such a pod.

    Args:
        environment: PLUMBLINE_SERVICE, PLUMBLINE_JOB, PLUMBLINE_WORKERS, JOB_COMPLETION_INDEX and,
            if it is not 2222, PLUMBLINE_PORT.

    Raises:
        ConfigError: One of them is missing or wrong.
    """
    if SERVICE_VARIABLE not in environment:
        return None
    service, job = (_read_name(environment, variable) for variable in (SERVICE_VARIABLE, _JOB))
    num_workers = _read_number(environment, _WORKERS, "the Job's completions", low=1, high=10_000)
    index = _read_number(
        environment,
        _INDEX,
        "set by Kubernetes if the Job has completionMode: Indexed",
        low=0,
        high=num_workers - 1,
    )
    port = _read_number(
        {PORT_VARIABLE: _DEFAULT_PORT, **environment},
        PORT_VARIABLE,
        "the port on which workers meet",
        low=1,
        high=65535,
    )
    return Cluster(
        tuple(f"{job}-{worker}.{service}:{port}" for worker in range(num_workers)),
        index,
        origin="Kubernetes",
    )


def _read_name(environment: Mapping[str, str], variable: str) -> str:
    value = environment.get(variable, "")
    if not _DNS_NAME.fullmatch(value):
        what = "headless service" if variable == SERVICE_VARIABLE else "Job"
        raise ConfigError(
            f"{variable} must be the name of the {what}, as in deploy/kubernetes/indexed-job.yaml;"
            f" received {environment.get(variable)!r}."
        )
    return value


def _read_number(
    environment: Mapping[str, str], variable: str, meaning: str, *, low: int, high: int
) -> int:
    value = environment.get(variable, "")
    if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
        raise ConfigError(
            f"{variable} must be a whole number from {low} to {high} ({meaning}); received"
            f" {environment.get(variable)!r}. See deploy/kubernetes/indexed-job.yaml."
        )
    return int(value)
