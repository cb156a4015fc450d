"""What the workers of a training tell each other besides gradients.

Where to begin, when to save, when to stop.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

__all__ = ["Workers"]

_SECONDS_BETWEEN_MEETINGS = 1.0
"""A meeting costs about a millisecond; whoever asks for a stop waits for the next one."""
_BLOCK_WORDS = 1 << 22
"""Content is sent in blocks of 16 MiB, far below the 2 GiB that one message may have."""


class Workers:
    """All processes of one training, as one of them sees them.

    A single process agrees with itself at no cost.

    A checkpoint is made by all workers together, so one that alone is asked to stop, or alone finds
    that time is up, must not act on it. They meet every second or so: in a small sum over all
    replicas, each says whether it was asked to stop, and the first one says whether to save and
    after how many steps to meet again. Clocks differ between workers, steps do not.

    Args:
        strategy: The one that trains.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, strategy: tf.distribute.Strategy, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._strategy = strategy
        self._clock = clock
        self._num_workers = 1
        self.is_first = True
        if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
            resolver = strategy.cluster_resolver
            cluster = resolver.cluster_spec().as_dict()
            self._num_workers = sum(len(addresses) for addresses in cluster.values())
            # Without a chief the worker with number 0 is the first.
            leads = resolver.task_id == 0 and "chief" not in cluster
            self.is_first = resolver.task_type == "chief" or leads
        self._sum_of_tensors = tf.function(self._sum_over_workers, autograph=False)
        self._next_step = self._last_step = 0
        self._last_seconds = clock()

    @property
    def are_many(self) -> bool:
        """Whether there is anybody else."""
        return self._num_workers > 1

    def start(self, num_steps: int) -> None:
        """Meet for the first time after the next step; `num_steps` are done."""
        self._last_step = num_steps
        self._last_seconds = self._clock()
        self._next_step = num_steps + 1

    def decide(
        self, num_steps: int, *, stop: bool, save: bool, is_last: bool = False
    ) -> tuple[bool, bool]:
        """Whether all stop, and whether all save, after `num_steps` steps.

        Every worker must ask after the same steps.

        Args:
            num_steps: Steps done.
            stop: Whether this process was asked to stop.
            save: Whether this process finds that a checkpoint is due; that of the first worker
                counts.
            is_last: Whether this is the last time, so that all must meet now. All know it of the
                same step.
        """
        if not self.are_many:
            return stop, save
        if num_steps < self._next_step and not is_last:
            return False, False
        said = [stop, False, 0]
        if self.is_first:
            said = [stop, save, self._steps_between_meetings(num_steps)]
        all_said = self._sum(np.array(said, np.int32))
        self.start(num_steps)
        self._next_step = num_steps + int(all_said[2])
        return bool(all_said[0]), bool(all_said[1])

    def _steps_between_meetings(self, num_steps: int) -> int:
        """How many steps take about a second, by those since the last meeting."""
        seconds = self._clock() - self._last_seconds
        seconds_per_step = seconds / max(1, num_steps - self._last_step)
        return max(1, round(_SECONDS_BETWEEN_MEETINGS / max(seconds_per_step, 1e-6)))

    def from_first(self, content: bytes) -> bytes:
        """What the first worker passes here; what the others pass does not count.

        All must call it.
        """
        if not self.are_many:
            return content
        own_size = self._mine(len(content).to_bytes(8, "little"), 8)
        size = int.from_bytes(self._sum(np.frombuffer(own_size, np.int32)).tobytes(), "little")
        padded = size + -size % 4  # to whole words of 32 bits
        words = np.frombuffer(self._mine(content, padded), np.int32)
        blocks = [
            self._sum(words[start : start + _BLOCK_WORDS]).tobytes()
            for start in range(0, len(words), _BLOCK_WORDS)
        ]
        return b"".join(blocks)[:size]

    def wait_for_all(self) -> None:
        """Return once every worker has come here.

        Who leaves early takes the others down with it.
        """
        if self.are_many:
            self._sum(np.zeros(1, np.int32))

    def _mine(self, content: bytes, size: int) -> bytes:
        """What this worker adds to a sum that only the first one fills."""
        return content.ljust(size, b"\0") if self.is_first else bytes(size)

    def _sum(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        """Elementwise over all workers."""
        total: NDArray[np.int32] = self._sum_of_tensors(tf.constant(values)).numpy()
        return total

    def _sum_over_workers(self, values: tf.Tensor) -> tf.Tensor:
        replicas_per_worker = self._strategy.num_replicas_in_sync // self._num_workers

        def of_replica() -> tf.Tensor:
            # Every replica takes part in the sum; the first one of each worker speaks for it.
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            return tf.where(replica % replicas_per_worker == 0, values, tf.zeros_like(values))

        return self._strategy.reduce(
            tf.distribute.ReduceOp.SUM, self._strategy.run(of_replica), axis=None
        )
