"""Energy counters that a machine may offer.

RAPL for processors and memory, NVML for NVIDIA GPUs.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any, Protocol

__all__ = ["EnergyCounter", "NvmlCounter", "RaplZone", "find_gpu_counters", "find_rapl_zones"]

_POWERCAP = Path("/sys/class/powercap")
_COUNTED_ZONES = ("package", "dram")
"""Packages hold their cores and graphics; memory is beside them. `psys`, the whole platform, would
count all of them again."""


class EnergyCounter(Protocol):
    """Something that knows how much energy it has used."""

    name: str

    def read_joules(self) -> float:
        """Energy in J since the counter was made.

        Call it at least once a minute, because hardware counters begin anew.
        """


class RaplZone:
    """One zone of Linux' powercap tree (RAPL: Running Average Power Limit; Intel, AMD since Zen).

    Args:
        folder: With `energy_uj` and `max_energy_range_uj`.

    Raises:
        OSError: Not readable; since 2020 (CVE-2020-8694) most systems let only root read it.
    """

    def __init__(self, folder: Path) -> None:
        self.name = (folder / "name").read_text().strip()
        self._counter = folder / "energy_uj"
        self._range = int((folder / "max_energy_range_uj").read_text())
        self._last = int(self._counter.read_text())
        self._total = 0

    def read_joules(self) -> float:
        """Energy in J since the zone was opened.

        A 100 W package's counter begins anew after about 45 minutes.
        """
        now = int(self._counter.read_text())
        used = now - self._last
        if used < 0:  # the counter has begun anew
            used += self._range
        self._total += used
        self._last = now
        return self._total / 1e6


class NvmlCounter:
    """The energy counter of one NVIDIA GPU (Volta and newer).

    Args:
        library: The module `pynvml`, initialised.
        index: Of the GPU, in NVML's order.

    Raises:
        NVMLError: The GPU has no such counter.
    """

    def __init__(self, library: Any, index: int) -> None:
        self._library = library
        self._handle = library.nvmlDeviceGetHandleByIndex(index)
        self.name = f"GPU {index}"
        self._first_millijoules = self._millijoules()

    def read_joules(self) -> float:
        """Energy in J since the counter was opened."""
        return (self._millijoules() - self._first_millijoules) / 1e3

    def _millijoules(self) -> float:
        """Since the driver was loaded."""
        return float(self._library.nvmlDeviceGetTotalEnergyConsumption(self._handle))


def find_rapl_zones(root: Path = _POWERCAP) -> list[RaplZone]:
    """The readable zones that together are all processors and their memory.

    Empty where the machine hides its power.

    Args:
        root: The powercap tree.
    """
    zones = []
    for folder in sorted(root.glob("intel-rapl:*")):
        try:
            if (folder / "name").read_text().startswith(_COUNTED_ZONES):
                zones.append(RaplZone(folder))
        except OSError:  # a part of the sum is no sum
            return []
    return zones


def find_gpu_counters(num_gpus: int, library: Any = None) -> list[NvmlCounter]:
    """The counters of the GPUs that this process uses, or none at all if one of them can't be read.

    Args:
        num_gpus: How many it uses.
        library: The module `pynvml`; None imports it if it is installed (extra `gpu`).
    """
    if num_gpus == 0:
        return []
    if library is None:
        if importlib.util.find_spec("pynvml") is None:
            return []
        library = importlib.import_module("pynvml")
    try:
        library.nvmlInit()
        return [NvmlCounter(library, index) for index in _visible_gpus(num_gpus)]
    # ValueError: CUDA_VISIBLE_DEVICES names parts of GPUs, whose energy nobody counts.
    except (library.NVMLError, ValueError):
        return []


def _visible_gpus(num_gpus: int) -> list[int]:
    """NVML shows all GPUs of a machine, CUDA only those that `CUDA_VISIBLE_DEVICES` lists."""
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    return [int(item) for item in listed.split(",")][:num_gpus] if listed else list(range(num_gpus))
