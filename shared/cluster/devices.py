"""Sharing the devices of one machine among the workers of a local cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from shared.cluster.processors import num_processors
from shared.errors import ConfigError

__all__ = ["CPU_DEVICES_VARIABLE", "device_variables", "find_gpus"]

CPU_DEVICES_VARIABLE = "PLUMBLINE_CPU_DEVICES"
"""Logical devices into which a process divides its CPU, so that several replicas can be tried on a
machine without GPUs."""
_GPUS = "CUDA_VISIBLE_DEVICES"
_THREADS = ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS")


def device_variables(
    environment: Mapping[str, str], num_workers: int, devices_per_worker: int | None
) -> list[dict[str, str]]:
    """Environment variables that give each worker devices of its own.

    GPUs are dealt out in order; on a machine without, each worker divides its CPU. CPU threads are
    shared out too, unless the person has set their number: as many threads per worker as the
    machine has cores would make all workers slower.

    Args:
        environment: `os.environ`; GPUs outside its CUDA_VISIBLE_DEVICES are left alone.
        num_workers: At least 1.
        devices_per_worker: None for an equal share of the GPUs, or one CPU device.

    Raises:
        ConfigError: There are GPUs, but too few.
    """
    gpus = find_gpus(environment)
    threads = str(max(1, num_processors() // num_workers))
    shared = {name: threads for name in _THREADS if name not in environment}
    if not gpus:
        return [{**shared, CPU_DEVICES_VARIABLE: str(devices_per_worker or 1)}] * num_workers
    share = devices_per_worker or len(gpus) // num_workers
    if not share or share * num_workers > len(gpus):
        raise ConfigError(
            f"{num_workers} workers with {devices_per_worker or 'at least 1'} GPUs each need more"
            f" than the {len(gpus)} that are visible ({','.join(gpus)}). Use fewer --workers or"
            f" --devices-per-worker, or hide the GPUs by {_GPUS}=-1 before the command."
        )
    return [
        {**shared, _GPUS: ",".join(gpus[worker * share : (worker + 1) * share])}
        for worker in range(num_workers)
    ]


def find_gpus(environment: Mapping[str, str]) -> Sequence[str]:
    """What CUDA_VISIBLE_DEVICES lists, up to the first -1 as CUDA reads it.

    Without it, the GPUs that nvidia-smi shows.
    """
    if _GPUS in environment:
        listed = [name.strip() for name in environment[_GPUS].split(",")]
        ends = [place for place, name in enumerate(listed) if name in ("", "-1")]
        return listed[: ends[0]] if ends else listed
    try:
        shown = subprocess.run(
            ["nvidia-smi", "--list-gpus"],  # noqa: S607 - where it lies differs between systems
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return [
        str(index)
        for index, _ in enumerate(line for line in shown.splitlines() if line.startswith("GPU "))
    ]
