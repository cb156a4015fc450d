"""How a process learns of its cluster.

The same program under `launch`, by hand, on Kubernetes and under Slurm.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from shared.cluster.cluster import Cluster
from shared.cluster.kubernetes import read_kubernetes_cluster
from shared.cluster.slurm import read_slurm_cluster
from shared.cluster.tf_config import parse_tf_config

__all__ = ["find_cluster"]


def find_cluster(environment: MutableMapping[str, str]) -> Cluster | None:
    """The cluster that this process belongs to; None if it runs alone.

    What is said by hand wins: TF_CONFIG, then Kubernetes, then Slurm. TF_CONFIG is set to what was
    found, since `tf.distribute.MultiWorkerMirroredStrategy` looks there.

    Args:
        environment: `os.environ`.

    Raises:
        ConfigError: The variables describe no cluster that could work.
    """
    cluster = (
        parse_tf_config(environment.get("TF_CONFIG", ""))
        or read_kubernetes_cluster(environment)
        or read_slurm_cluster(environment)
    )
    if cluster is not None:
        environment["TF_CONFIG"] = cluster.to_tf_config()
    return cluster
