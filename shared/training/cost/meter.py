"""Watching what a training takes from the machine.

Time, processor time, memory and, where the machine tells, energy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

import psutil

from shared.training.cost.power import EnergyCounter, find_gpu_counters, find_rapl_zones

__all__ = ["CostMeter", "Usage"]

_SAMPLE_SECONDS = 1.0


@dataclass(frozen=True)
class Usage:
    """What was taken between start and stop.

    Attributes:
        wall_seconds: By the clock.
        processor_seconds: Processor time of this process and all below it.
        machine_processor_seconds: Busy processor time of the whole machine, at least
            `processor_seconds`.
        peak_resident_bytes: Most memory held at once by this process and all below it, as sampled.
        mean_resident_bytes: The mean of the samples.
        host_joules: Energy of all processors and their memory, of the whole machine; None where it
            is hidden.
        num_host_counters: How many counters that is the sum of.
        gpu_joules: Energy of the used GPUs; None where it is hidden.
        num_gpus: Used GPUs.
    """

    wall_seconds: float
    processor_seconds: float
    machine_processor_seconds: float
    peak_resident_bytes: int
    mean_resident_bytes: float
    host_joules: float | None
    num_host_counters: int
    gpu_joules: float | None
    num_gpus: int


class CostMeter:
    """Samples the machine from a thread of its own while the `with` block runs.

    `usage()` tells the result, also in between.

    Args:
        num_gpus: GPUs that the training uses.
        host_counters: Energy counters of processors and memory; None looks for RAPL.
        gpu_counters: Energy counters of the GPUs; None looks for NVML.
    """

    def __init__(
        self,
        num_gpus: int,
        host_counters: Sequence[EnergyCounter] | None = None,
        gpu_counters: Sequence[EnergyCounter] | None = None,
    ) -> None:
        self._num_gpus = num_gpus
        self._host = find_rapl_zones() if host_counters is None else host_counters
        self._gpus = find_gpu_counters(num_gpus) if gpu_counters is None else gpu_counters
        self._process = psutil.Process()
        self._earlier: Usage | None = None
        self._lock = threading.Lock()
        self._peak_bytes = 0
        self._sum_bytes = 0
        self._num_samples = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=self._sample_until_stopped, name="cost-meter", daemon=True
        )

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        self._processor_before = self._processor_seconds()
        self._machine_before = _machine_processor_seconds()
        self._joules_before = self._sample()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def usage(self) -> Usage:
        """What has been taken since the start, and before an interruption."""
        usage = self._usage()
        return usage if self._earlier is None else _add(self._earlier, usage)

    def state(self) -> dict[str, Any]:
        """What a resumed training must know, as plain JSON."""
        return asdict(self.usage())

    def restore(self, state: Mapping[str, Any]) -> None:
        """Add what `state()` returned to all that follows."""
        self._earlier = Usage(**state)

    def _usage(self) -> Usage:
        readings = zip(self._sample(), self._joules_before, strict=True)
        joules = [now - before for now, before in readings]
        num_host_counters = len(self._host)
        host_joules = sum(joules[:num_host_counters])
        gpu_joules = sum(joules[num_host_counters:])
        processor = self._processor_seconds() - self._processor_before
        machine = _machine_processor_seconds() - self._machine_before
        return Usage(
            wall_seconds=time.perf_counter() - self._started,
            processor_seconds=processor,
            machine_processor_seconds=max(processor, machine),
            peak_resident_bytes=self._peak_bytes,
            mean_resident_bytes=self._sum_bytes / self._num_samples,
            host_joules=host_joules if self._host else None,
            num_host_counters=num_host_counters,
            gpu_joules=gpu_joules if self._gpus else None,
            num_gpus=self._num_gpus,
        )

    def _sample_until_stopped(self) -> None:
        while not self._stopping.wait(_SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> list[float]:
        """Look at the memory, and read every counter: often enough that none begins anew unseen."""
        with self._lock:
            resident = self._resident_bytes()
            self._peak_bytes = max(self._peak_bytes, resident)
            self._sum_bytes += resident
            self._num_samples += 1
            return [counter.read_joules() for counter in (*self._host, *self._gpus)]

    def _tree(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    def _resident_bytes(self) -> int:
        total = 0
        for process in self._tree():
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:  # it ended between being listed and being read
                continue
        return total

    def _processor_seconds(self) -> float:
        """Of this process and all below it; the system adds up those that have ended."""
        own = self._process.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for process in self._tree()[1:]:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return float(total)


def _add(first: Usage, second: Usage) -> Usage:
    """Two stretches of one training, perhaps on two machines.

    Energy is known if it is known of both.
    """
    stretches = (first, second)
    joules_of_host = [one.host_joules for one in stretches]
    joules_of_gpus = [one.gpu_joules for one in stretches]
    machine_seconds = sum(one.machine_processor_seconds for one in stretches)
    wall = sum(one.wall_seconds for one in stretches)
    byte_seconds = sum(one.mean_resident_bytes * one.wall_seconds for one in stretches)
    return Usage(
        wall_seconds=wall,
        processor_seconds=first.processor_seconds + second.processor_seconds,
        machine_processor_seconds=machine_seconds,
        peak_resident_bytes=max(first.peak_resident_bytes, second.peak_resident_bytes),
        mean_resident_bytes=byte_seconds / wall if wall else 0.0,
        host_joules=_sum_if_known(joules_of_host),
        num_host_counters=max(first.num_host_counters, second.num_host_counters),
        gpu_joules=_sum_if_known(joules_of_gpus),
        num_gpus=max(first.num_gpus, second.num_gpus),
    )


def _sum_if_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _machine_processor_seconds() -> float:
    times = psutil.cpu_times()._asdict()
    # Time of guests is in user and nice already.
    busy = times.keys() - {"idle", "iowait", "guest", "guest_nice"}
    return float(sum(times[name] for name in busy))
