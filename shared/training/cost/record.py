"""What a training cost: time, memory, energy, emissions, operations."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from shared.run.artefacts.train_file import BoundedEstimate, TrainingCost, TrainingTimes
from shared.training.cost.carbon import GridIntensity, estimate_emissions
from shared.training.cost.energy import estimate_energy
from shared.training.cost.flops import estimate_training_flops
from shared.training.cost.meter import Usage
from shared.training.cost.sums import add_estimates
from shared.training.fit import Fit

__all__ = ["describe_cost", "sum_costs"]

_BYTES_PER_MIB = 2**20


def describe_cost(
    usage: Usage, fit: Fit, forward: BoundedEstimate, grid: GridIntensity
) -> TrainingCost:
    """What is exact is a number; what is estimated has limits, a unit and a method.

    Args:
        usage: What the machine gave, preprocessing included. Other workers are taken to have used
            as much.
        fit: One that is over.
        forward: Operations of one example's way through the model.
        grid: Emissions of a kilowatt-hour.
    """
    hosts = fit.worker_hosts
    energy = estimate_energy(usage, num_workers=len(hosts), num_hosts=len(set(hosts)))
    training = estimate_training_flops(forward, fit.clock.num_examples_seen)
    device_memory = _device_memory()
    return TrainingCost(
        **dict(_times(usage, fit)),
        peak_host_memory_mib=_host_memory(usage).rounded(),
        peak_device_memory_mib=None if device_memory is None else device_memory.rounded(),
        energy_kwh=energy.rounded(),
        co2e_grams=estimate_emissions(energy, grid).rounded(),
        flops_per_example=forward.rounded(),
        training_flops=training.rounded(),
    )


def sum_costs(costs: Sequence[TrainingCost]) -> TrainingCost:
    """The costs of several trainings of one network as those of one.

    Times, energy, emissions and operations add up; of memory the largest counts; speed and waiting
    are means over the time of fitting.
    """
    host_memory = [cost.peak_host_memory_mib for cost in costs]
    device_memory = [memory for cost in costs if (memory := cost.peak_device_memory_mib)]
    energy = [cost.energy_kwh for cost in costs]
    emissions = [cost.co2e_grams for cost in costs]
    flops = [cost.training_flops for cost in costs]
    return TrainingCost(
        **dict(_sum_times(costs)),
        peak_host_memory_mib=max(host_memory, key=_value),
        peak_device_memory_mib=max(device_memory, key=_value, default=None),
        energy_kwh=_sum_of(energy),
        co2e_grams=_sum_of(emissions),
        flops_per_example=costs[0].flops_per_example,
        training_flops=_sum_of(flops),
    )


def _times(usage: Usage, fit: Fit) -> TrainingTimes:
    return TrainingTimes(
        seconds=round(usage.wall_seconds, 3),
        fit_seconds=round(fit.seconds, 3),
        device_seconds=round(fit.seconds * fit.num_replicas, 3),
        examples_per_second=_rounded(fit.clock.examples_per_second, 1),
        wait_share=_rounded(fit.clock.wait_share, 4),
    )


def _sum_times(times: Sequence[TrainingTimes]) -> TrainingTimes:
    fit_seconds = [one.fit_seconds for one in times]
    speeds = [one.examples_per_second for one in times]
    waits = [one.wait_share for one in times]
    return TrainingTimes(
        seconds=round(sum(one.seconds for one in times), 3),
        fit_seconds=round(sum(fit_seconds), 3),
        device_seconds=round(sum(one.device_seconds for one in times), 3),
        examples_per_second=_mean(speeds, fit_seconds, 1),
        wait_share=_mean(waits, fit_seconds, 4),
    )


def _value(estimate: BoundedEstimate) -> float:
    return estimate.value


def _sum_of(estimates: Sequence[BoundedEstimate]) -> BoundedEstimate:
    method = f"{len(estimates)} trainings; of the first: {estimates[0].method}"
    return add_estimates(estimates).model_copy(update={"method": method}).rounded()


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
