"""What a training cost: time, memory, energy, emissions, operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from shared.networks.views import num_views
from shared.run.artefacts.train_file import BoundedEstimate, TrainingCost, TrainingTimes
from shared.training.cost.carbon import GridIntensity, estimate_emissions
from shared.training.cost.energy import estimate_energy
from shared.training.cost.flops import estimate_training_flops, forward_flops
from shared.training.cost.meter import Usage
from shared.training.cost.sums import add_estimates
from shared.training.fit import Fit
from shared.training.members import Members

__all__ = ["describe_cost", "sum_costs"]

_BYTES_PER_MIB = 2**20


def describe_cost(usage: Usage, members: Members, grid: GridIntensity) -> TrainingCost:
    """What is exact is a number; what is estimated has limits, a unit and a method.

    Args:
        usage: What the machine gave, preprocessing included. Other workers are taken to have used
            as much.
        members: Fits that are over.
        grid: Emissions of a kilowatt-hour.
    """
    hosts = members.together.worker_hosts
    energy = estimate_energy(usage, num_workers=len(hosts), num_hosts=len(set(hosts)))
    element_spec = members.together.prepared.train.element_spec
    forward = forward_flops(members.together.network, element_spec)
    trained = _one_view(members.fits[0].network, element_spec)
    num_examples_seen = sum(fit.clock.num_examples_seen for fit in members.fits)
    training = estimate_training_flops(trained, num_examples_seen)
    device_memory = _device_memory()
    return TrainingCost(
        **dict(_times(usage, members.fits)),
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


def _one_view(network: keras.Model, element_spec: Mapping[str, tf.TensorSpec]) -> BoundedEstimate:
    """Operations of one example's way forward while training, without the further views."""
    forward = forward_flops(network, element_spec)
    views = num_views(network)
    return BoundedEstimate(
        value=forward.value / views,
        low=forward.low / views,
        high=None if forward.high is None else forward.high / views,
        unit=forward.unit,
        method=forward.method,
    )


def _times(usage: Usage, fits: Sequence[Fit]) -> TrainingTimes:
    fit_seconds = [fit.seconds for fit in fits]
    speeds = [fit.clock.examples_per_second for fit in fits]
    waits = [fit.clock.wait_share for fit in fits]
    return TrainingTimes(
        seconds=round(usage.wall_seconds, 3),
        fit_seconds=round(sum(fit_seconds), 3),
        device_seconds=round(sum(fit_seconds) * fits[0].num_replicas, 3),
        examples_per_second=_mean(speeds, fit_seconds, 1),
        wait_share=_mean(waits, fit_seconds, 4),
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
