"""How the workers of a cluster meet before they train.

All join, and all must have the same data.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from shared.cluster.cluster import Cluster
from shared.cluster.worker_process import release_port
from shared.config import TrainConfig
from shared.config.setting_text import set_option
from shared.errors import ConfigError, DataError, PortTakenError, WorkerError
from shared.training.distribution.strategy import make_strategy

__all__ = ["Meeting"]

_LOST = "Collective ops is aborted"
"""What TensorFlow says of every exchange with a worker that is gone, under several kinds of
error."""


class Meeting:
    """The workers of a cluster, connected. Made before TensorFlow computes anything.

    It waits until all have come.

    Args:
        cluster: Who trains together.
        config: How; the same for all.

    Raises:
        ConfigError: `train.strategy` keeps this process to itself.
        PortTakenError: Another program listens where this worker should.
    """

    def __init__(self, cluster: Cluster, config: TrainConfig) -> None:
        if config.strategy not in ("auto", "multi_worker"):
            raise ConfigError(
                f"train.strategy={config.strategy} trains in one process, but this is"
                f" {cluster.name}, says {cluster.origin}. Use"
                f" {set_option('train.strategy', 'auto')} or start one process only."
            )
        self._cluster = cluster
        release_port(os.environ)
        try:
            self._strategy = make_strategy(config)
        except tf.errors.UnknownError as error:
            if "Could not start gRPC server" not in str(error):
                raise
            raise PortTakenError(
                f"{cluster.name}: another program uses its port. Choose another one"
                " (deploy/README.md)."
            ) from error

    def agrees_to_train(self, fingerprint: str | None) -> bool:
        """Whether the chief trains. Every worker must call this, right before it would.

        Args:
            fingerprint: Of the data, as `fingerprint_splits` gives it; the chief passes None if it
                has nothing to train.

        Raises:
            DataError: A worker has loaded other data than the chief; raised on all of them, with
                the same message.
        """
        with self.of_all_workers():
            said = self._gather(np.frombuffer(bytes.fromhex(fingerprint or "00" * 32), np.uint8))
        if not said[0].any():
            return False
        strangers = [worker for worker, its_data in enumerate(said) if (its_data != said[0]).any()]
        if strangers:
            raise DataError(self._refusal(said, strangers))
        return True

    def wait_for_chief(self) -> None:
        """Return once the chief has recorded the training, and calls this as well.

        A worker that leaves sooner would not come back if the chief failed before: on Kubernetes
        its work would be done.

        Raises:
            WorkerError: Another worker has ended.
        """
        with self.of_all_workers():
            self._gather(np.zeros(1, np.uint8))

    @contextmanager
    def of_all_workers(self) -> Iterator[None]:
        """Around what all workers do together.

        Raises:
            WorkerError: Another one has ended or can't be reached, so that this one can't go on.
        """
        try:
            yield
        except tf.errors.OpError as error:
            if not isinstance(error, tf.errors.UnavailableError) and _LOST not in str(error):
                raise
            said = str(error)
            # without where in the graph it was said
            line = said[max(0, said.find(_LOST)) :].splitlines()[0]
            raise WorkerError(
                f"{self._cluster.name} can't go on, because another worker has ended or can't be"
                " reached; its own log says why. Start all again with --resume to go on where the"
                f" last checkpoint stands. TensorFlow says: {line}"
            ) from error

    def _gather(self, row: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What each worker says, (workers, bytes).

        As float32, which every kind of device can send.
        """
        sent = tf.constant(row[np.newaxis], tf.float32)

        def gather() -> tf.Tensor:
            return self._strategy.run(
                lambda: tf.distribute.get_replica_context().all_gather(sent, axis=0)
            )

        gathered = tf.function(gather, autograph=False)()
        received = self._strategy.experimental_local_results(gathered)[0].numpy()
        # (replicas, bytes): the replicas of a worker say the same, the first one is enough.
        replicas_per_worker = len(received) // self._cluster.num_workers
        said: NDArray[np.uint8] = received[::replicas_per_worker].astype(np.uint8)
        return said

    def _refusal(self, said: NDArray[np.uint8], strangers: list[int]) -> str:
        worker, *more = strangers
        others = f", and so have workers {', '.join(map(str, more))}" if more else ""
        theirs = bytes(said[worker])[:6].hex()
        ours = bytes(said[0])[:6].hex()
        return (
            f"Worker {worker} of {self._cluster.num_workers} ({self._cluster.workers[worker]}) has"
            f" loaded other data than the chief (fingerprint {theirs}…, not {ours}…){others}. Every"
            " worker reads data.source itself: give all of them the same files at the same path."
        )
