"""A cluster, as one of its processes sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass

__all__ = ["PORT_VARIABLE", "Cluster"]

PORT_VARIABLE = "PLUMBLINE_PORT"
"""Environment variable with the port on which workers meet, the first of them under Slurm."""


@dataclass(frozen=True)
class Cluster:
    """The processes that train one model together, and which of them this one is.

    Attributes:
        workers: `host:port` of each, in the same order on all; at least one.
        index: Of this process in `workers`. Worker 0 is the chief.
        origin: What it was told by, for messages: "TF_CONFIG", "Kubernetes" or "Slurm".
    """

    workers: tuple[str, ...]
    index: int
    origin: str

    @property
    def num_workers(self) -> int:
        """How many processes train together."""
        return len(self.workers)

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run and does what needs no help."""
        return self.index == 0

    @property
    def name(self) -> str:
        """What this process is called in messages, for example `worker 1 of 4 (node-b:2222)`.

        Counted from 0, as in TF_CONFIG.
        """
        return f"worker {self.index} of {self.num_workers} ({self.workers[self.index]})"

    def to_tf_config(self) -> str:
        """The value of TF_CONFIG that `tf.distribute.MultiWorkerMirroredStrategy` reads."""
        return json.dumps(
            {
                "cluster": {"worker": list(self.workers)},
                "task": {"type": "worker", "index": self.index},
            }
        )
