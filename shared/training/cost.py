"""What a training cost: time, memory, energy, emissions and operations, as `train.json` tells it."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from shared.training.cost_carbon import GridIntensity, estimate_emissions
from shared.training.cost_energy import estimate_energy
from shared.training.cost_estimate import Estimate
from shared.training.cost_flops import estimate_training_flops
from shared.training.cost_meter import Usage

__all__ = ["describe_cost"]

_BYTES_PER_MIB = 2**20


def describe_cost(
    usage: Usage, forward: Estimate, grid: GridIntensity, *, fit_seconds: float, num_replicas: int, num_examples_seen: int
) -> dict[str, Any]:
    """The part of `train.json` that tells the cost. What is exact is a number; what is estimated has limits, a unit and a method.

    Args:
        usage: What the machine gave, preprocessing included.
        forward: Operations of one example's way through the model.
        grid: Emissions of a kilowatt-hour.
        fit_seconds: Wall time of fitting, validation included.
        num_replicas: Devices that fitted together.
        num_examples_seen: Training examples, each as often as it was trained on.
    """
    energy = estimate_energy(usage)
    estimates = {
        "peak_host_memory_mib": _host_memory(usage),
        "peak_device_memory_mib": _device_memory(),
        "energy_kwh": energy,
        "co2e_grams": estimate_emissions(energy, grid),
        "flops_per_example": forward,
        "training_flops": estimate_training_flops(forward, num_examples_seen),
    }
    return {
        "seconds": round(usage.wall_seconds, 3),
        "fit_seconds": round(fit_seconds, 3),
        "device_seconds": round(fit_seconds * num_replicas, 3),
        "examples_per_second": round(num_examples_seen / fit_seconds, 1),
    } | {name: None if estimate is None else estimate.as_json() for name, estimate in estimates.items()}


def _host_memory(usage: Usage) -> Estimate:
    mib = usage.peak_resident_bytes / _BYTES_PER_MIB
    return Estimate(mib, mib, None, "MiB", "resident memory of this process and all below it, looked at every second")


def _device_memory() -> Estimate | None:
    """The largest peak of all GPUs since the process began, by TensorFlow's allocator; None without a GPU."""
    names = [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices("GPU")]
    if not names:
        return None
    mib = max(tf.config.experimental.get_memory_info(name)["peak"] for name in names) / _BYTES_PER_MIB
    return Estimate(mib, mib, mib, "MiB", f"the fullest of {len(names)} GPUs, by TensorFlow's allocator")
