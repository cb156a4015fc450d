from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from shared.cluster.worker_process import LOOPBACK, reserve_port
from shared.training.distribution.workers import Workers


class Room:
    """Where workers that are threads add up what they bring."""

    def __init__(self, num_workers: int) -> None:
        self._barrier = threading.Barrier(num_workers)
        self._brought: dict[int, NDArray[np.int32]] = {}

    def sum(self, index: int, values: NDArray[np.int32]) -> NDArray[np.int32]:
        self._brought[index] = values
        self._barrier.wait(10)
        total: NDArray[np.int32] = np.sum(list(self._brought.values()), axis=0, dtype=np.int32)
        self._barrier.wait(10)
        return total


class OneOfTwo(Workers):
    """A worker without a cluster: sums go through a room."""

    def __init__(self, index: int, room: Room, seconds_per_step: float) -> None:
        self.seconds = 0.0
        super().__init__(tf.distribute.get_strategy(), lambda: self.seconds)
        self._num_workers, self.is_first = 2, index == 0
        self._index, self._room, self._seconds_per_step = index, room, seconds_per_step

    def _sum(self, values: NDArray[np.int32]) -> NDArray[np.int32]:
        return self._room.sum(self._index, values)

    def train(self, *, stop_from: int | None, num_steps: int = 50) -> list[tuple[int, bool, bool]]:
        """Steps after which something was decided."""
        self.start(0)
        decided = []
        for step in range(1, num_steps + 1):
            self.seconds += self._seconds_per_step
            asked = stop_from is not None and step >= stop_from
            stop, save = self.decide(
                step, stop=asked, save=self.seconds > 3.0, is_last=step == num_steps
            )
            if stop or save:
                decided.append((step, stop, save))
            if stop:
                break
        return decided


def train_two(
    *, stop_from: tuple[int | None, int | None], seconds_per_step: tuple[float, float]
) -> list[Any]:
    room = Room(2)
    decided: list[Any] = [None, None]

    def work(index: int) -> None:
        decided[index] = OneOfTwo(index, room, seconds_per_step[index]).train(
            stop_from=stop_from[index]
        )

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return decided


@pytest.mark.parametrize("stop_from", [(20, None), (None, 20), (20, 33)])
def test_all_stop_at_the_same_step_whoever_was_asked(
    stop_from: tuple[int | None, int | None],
) -> None:
    first, second = train_two(stop_from=stop_from, seconds_per_step=(0.1, 0.13))
    assert first == second
    step, stop, _ = first[-1]
    assert stop and 20 <= step <= 30  # at the next meeting, a second later


def test_who_is_asked_at_the_very_end_is_heard_too() -> None:
    first, second = train_two(stop_from=(None, 50), seconds_per_step=(0.03, 0.03))
    assert first == second == [(50, True, False)]


def test_the_first_one_says_when_to_save_whatever_the_clock_of_others_says() -> None:
    first, second = train_two(stop_from=(None, None), seconds_per_step=(0.1, 0.9))
    assert first == second
    assert next(step for step, _, save in first if save) == 31


def test_alone_it_does_what_it_is_told_at_once() -> None:
    workers = Workers(tf.distribute.get_strategy())
    workers.start(7)
    assert workers.decide(8, stop=True, save=False) == (True, False)
    assert workers.decide(9, stop=False, save=True) == (False, True)
    assert workers.from_first(b"abc") == b"abc" and workers.is_first and not workers.are_many


PROGRAM = """
import json, os, sys
import tensorflow as tf
from shared.cluster.worker_process import release_port
from shared.training.distribution.workers import Workers
release_port(os.environ)
workers = Workers(tf.distribute.MultiWorkerMirroredStrategy())
index = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
content = bytes(range(256)) * 70_000 + b"end"  # more than one block
assert workers.is_first == (index == 0) and workers.are_many
assert workers.from_first(content if index == 0 else b"") == content
assert workers.from_first(b"") == b""
workers.start(0)
assert workers.decide(1, stop=index == 1, save=index == 0) == (True, True)
workers.wait_for_all()
print("agreed")
"""


def test_two_processes_hear_the_first_one_and_agree() -> None:
    holders = [reserve_port() for _ in range(2)]
    addresses = [f"{LOOPBACK}:{holder.getsockname()[1]}" for holder in holders]
    processes = []
    for index, holder in enumerate(holders):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
        environment = {
            **os.environ,
            "TF_CONFIG": json.dumps(config),
            "PLUMBLINE_PORT_SOCKET": str(holder.fileno()),
        }
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                env=environment,
                pass_fds=[holder.fileno()],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for holder in holders:
        holder.close()
    said = [process.communicate(timeout=240) for process in processes]
    assert [output for output, _ in said] == ["agreed\n"] * 2, said
