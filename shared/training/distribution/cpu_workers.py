"""Workers with several logical CPU devices each.

What clusters of GPU machines do, on one machine without a GPU.

`tf.distribute.MultiWorkerMirroredStrategy` uses all GPUs of a worker, but one CPU device, whatever
there is.
"""

from __future__ import annotations

import tensorflow as tf
from tensorflow.python.distribute.collective_all_reduce_strategy import CollectiveAllReduceExtended

__all__ = ["CpuWorkersStrategy", "num_logical_cpus"]


def num_logical_cpus() -> int:
    """Into how many logical devices this process has divided its CPU.

    TensorFlow need not have been started.
    """
    (cpu,) = tf.config.list_physical_devices("CPU")
    return len(tf.config.get_logical_device_configuration(cpu) or [cpu])


class CpuWorkersStrategy(tf.distribute.MultiWorkerMirroredStrategy):
    """The same strategy over all logical CPU devices of all workers."""

    def __init__(self) -> None:
        tf.distribute.Strategy.__init__(
            self, _AllCpus(self, None, tf.distribute.experimental.CommunicationOptions())
        )


class _AllCpus(CollectiveAllReduceExtended):
    def _initialize_local_devices(
        self, cluster_resolver: object, worker_device: str
    ) -> tuple[tuple[str, ...], str]:
        del cluster_resolver
        return (
            tuple(f"{worker_device}/device:CPU:{index}" for index in range(num_logical_cpus())),
            "CPU",
        )
