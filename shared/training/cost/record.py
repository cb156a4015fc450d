"""What a training cost (time, memory, energy, emissions, operations), as `train.json` tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import tensorflow as tf

from shared.training.cost.bounded_estimate import BoundedEstimate, add_estimates
from shared.training.cost.carbon import GridIntensity, estimate_emissions
from shared.training.cost.energy import estimate_energy
from shared.training.cost.flops import estimate_training_flops
from shared.training.cost.meter import Usage
from shared.training.fit import Fit

__all__ = ["describe_cost", "sum_costs"]

_BYTES_PER_MIB = 2**20


def describe_cost(
    usage: Usage, fit: Fit, forward: BoundedEstimate, grid: GridIntensity
) -> dict[str, Any]:
    """The part of `train.json` that tells the cost.

    What is exact is a number; what is estimated has limits, a unit and a method.

    Args:
        usage: What the machine gave, preprocessing included. Other workers are taken to have used
            as much.
        fit: One that is over.
        forward: Operations of one example's way through the model.
        grid: Emissions of a kilowatt-hour.
    """
    hosts = fit.worker_hosts
    energy = estimate_energy(usage, num_workers=len(hosts), num_hosts=len(set(hosts)))
    clock = fit.clock
    estimates = {
        "peak_host_memory_mib": _host_memory(usage),
        "peak_device_memory_mib": _device_memory(),
        "energy_kwh": energy,
        "co2e_grams": estimate_emissions(energy, grid),
        "flops_per_example": forward,
        "training_flops": estimate_training_flops(forward, clock.num_examples_seen),
    }
    times = {
        "seconds": round(usage.wall_seconds, 3),
        "fit_seconds": round(fit.seconds, 3),
        "device_seconds": round(fit.seconds * fit.num_replicas, 3),
        "examples_per_second": _rounded(clock.examples_per_second, 1),
        "wait_share": _rounded(clock.wait_share, 4),
    }
    return times | {
        name: None if estimate is None else estimate.as_json()
        for name, estimate in estimates.items()
    }


def sum_costs(costs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The costs of several trainings as those of one, each as `describe_cost` tells it.

    Times, energy, emissions and operations add up; of memory the largest counts; speed and waiting
    are means over the time of fitting.
    """
    seconds = [cost["fit_seconds"] for cost in costs]
    total: dict[str, Any] = {}
    for name in ("seconds", "fit_seconds", "device_seconds"):
        total[name] = round(sum(cost[name] for cost in costs), 3)
    for name, places in (("examples_per_second", 1), ("wait_share", 4)):
        total[name] = _mean([cost[name] for cost in costs], seconds, places)
    for name in ("energy_kwh", "co2e_grams", "training_flops"):
        total[name] = _sum_of([cost[name] for cost in costs])
    for name in ("peak_host_memory_mib", "peak_device_memory_mib"):
        total[name] = _largest([cost[name] for cost in costs])
    return total


def _sum_of(estimates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total = add_estimates([BoundedEstimate(**estimate) for estimate in estimates])
    method = f"{len(estimates)} trainings; of the first: {estimates[0]['method']}"
    return replace(total, method=method).as_json()


def _largest(estimates: Sequence[dict[str, Any] | None]) -> dict[str, Any] | None:
    known = [estimate for estimate in estimates if estimate is not None]
    return max(known, key=lambda estimate: float(estimate["value"])) if known else None


def _mean(values: Sequence[float | None], weights: Sequence[float], places: int) -> float | None:
    pairs = zip(values, weights, strict=True)
    known = [(value, weight) for value, weight in pairs if value is not None]
    total = sum(weight for _, weight in known)
    if not total:
        return None
    return round(sum(value * weight for value, weight in known) / total, places)


def _host_memory(usage: Usage) -> BoundedEstimate:
    mib = usage.peak_resident_bytes / _BYTES_PER_MIB
    method = "resident memory of this process and all below it, looked at every second"
    return BoundedEstimate(value=mib, low=mib, high=None, unit="MiB", method=method)


def _device_memory() -> BoundedEstimate | None:
    """The largest peak of all GPUs since the process began, by TensorFlow's allocator.

    None without a GPU.
    """
    names = [
        device.name.removeprefix("/device:") for device in tf.config.list_logical_devices("GPU")
    ]
    if not names:
        return None
    peaks = [tf.config.experimental.get_memory_info(name)["peak"] for name in names]
    mib = max(peaks) / _BYTES_PER_MIB
    method = f"the fullest of {len(names)} GPUs, by TensorFlow's allocator"
    return BoundedEstimate(value=mib, low=mib, high=mib, unit="MiB", method=method)


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)
