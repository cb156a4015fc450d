"""How much energy a training took.

Measured where the machine tells, estimated where it hides its power.

What is counted is the machine (processors, memory, GPUs), without the cooling and the network of
the building around it.

codecarbon, which does the same, is not used: it brings a dozen packages, among them an HTTP client,
two for signing tokens and a telemetry client, and where the power is hidden it too falls back on a
table.
"""

from __future__ import annotations

from shared.run.artefacts.train_file import BoundedEstimate
from shared.training.cost.meter import Usage
from shared.training.cost.sums import add_estimates

__all__ = ["estimate_energy"]

_JOULES_PER_KWH = 3.6e6

_HOST_COUNTER_ERROR = 0.1
"""Assumed: RAPL follows a plug meter closely, with an offset that differs between systems (Khan et
al. 2018, doi:10.1145/3177754; Desrochers et al. 2016, doi:10.1145/2989081.2989088); neither gives
one bound for all of them."""

_GPU_COUNTER_ERROR = 0.05
"""NVIDIA's own figure for its power readings (NVML reference, nvmlDeviceGetPowerUsage). On A100 and
H100 the sensor looks at a quarter of the time only, so that short or uneven loads may be further
off (Yang et al. 2023, arXiv:2312.02741)."""

_WATTS_PER_BUSY_PROCESSOR = (1.69, 6.0, 23.8)
"""Low: AMD EPYC of the 2nd generation, W per virtual CPU at full load (Cloud Carbon Footprint,
coefficients from SPECpower_ssj2008). Middle: Green Algorithms' 12 W per core for any processor, on
two hardware threads (Lannelongue et al. 2021, doi:10.1002/advs.202100707). High: Core i7-6700K, 95
W on 4 cores, in the same table."""

_WATTS_PER_GB = (0.08, 0.3725, 0.392)
"""Memory. Low and middle: Green Algorithms, as it is now and as it was published. High: Cloud
Carbon Footprint."""

_WATTS_PER_GPU = (46.0, 200.0, 700.0)
"""Low: an idle A100 (Cloud Carbon Footprint). Middle: any GPU (Green Algorithms). High: what an
H100 SXM may draw at most (its data sheet)."""


def estimate_energy(usage: Usage, *, num_workers: int = 1, num_hosts: int = 1) -> BoundedEstimate:
    """Energy of a training in kWh.

    Where counters measure a whole machine, the low end counts only this process' share of the busy
    processor time: others may have worked beside it.

    Args:
        usage: Of one process.
        num_workers: Processes that trained, each taken to have used as much.
        num_hosts: Machines that they ran on.
    """
    joules = usage.host_joules
    if joules is not None:
        host = _measured_host(usage, joules, num_workers=num_workers, num_hosts=num_hosts)
    else:
        host = _times(_estimated_host(usage), num_workers)
    if not usage.num_gpus:
        return host
    return add_estimates([host, _times(_gpus(usage), num_workers)])


def _times(estimate: BoundedEstimate, num_workers: int) -> BoundedEstimate:
    if num_workers == 1:
        return estimate
    return BoundedEstimate(
        value=estimate.value * num_workers,
        low=estimate.low * num_workers,
        high=None if estimate.high is None else estimate.high * num_workers,
        unit=estimate.unit,
        method=f"{estimate.method}, in one of {num_workers} workers and times {num_workers}",
    )


def _measured_host(
    usage: Usage, joules: float, *, num_workers: int, num_hosts: int
) -> BoundedEstimate:
    share = 1.0
    if usage.machine_processor_seconds:
        share = usage.processor_seconds / usage.machine_processor_seconds
    method = (
        f"processors and memory measured by {usage.num_host_counters} RAPL counters of the whole"
        f" machine (±{_HOST_COUNTER_ERROR:.0%} assumed; low end: this process' {share:.0%} of the"
        " busy processor time)"
    )
    if num_workers > 1:
        method += f", on one of {num_hosts} machines with {num_workers} workers"
    ours = joules * min(share * num_workers, num_hosts)
    all_machines = joules * num_hosts
    low = ours * (1 - _HOST_COUNTER_ERROR)
    high = all_machines * (1 + _HOST_COUNTER_ERROR)
    return _kwh(all_machines, low=low, high=high, method=method)


def _estimated_host(usage: Usage) -> BoundedEstimate:
    gigabytes = usage.mean_resident_bytes / 1e9
    low, value, high = (
        watts * usage.processor_seconds + per_gigabyte * gigabytes * usage.wall_seconds
        for watts, per_gigabyte in zip(_WATTS_PER_BUSY_PROCESSOR, _WATTS_PER_GB, strict=True)
    )
    method = (
        f"processors and memory estimated from {usage.processor_seconds:.0f} s of processor time at"
        f" {_named_watts(_WATTS_PER_BUSY_PROCESSOR)} and {gigabytes:.1f} GB held at"
        f" {_WATTS_PER_GB[1]:g} W/GB, since this machine hides its power"
    )
    return _kwh(value, low=low, high=high, method=method)


def _gpus(usage: Usage) -> BoundedEstimate:
    if usage.gpu_joules is None:
        return _estimated_gpus(usage)
    joules = usage.gpu_joules
    method = f"GPUs measured by their own counters (NVML, ±{_GPU_COUNTER_ERROR:.0%})"
    low = joules * (1 - _GPU_COUNTER_ERROR)
    return _kwh(joules, low=low, high=joules * (1 + _GPU_COUNTER_ERROR), method=method)


def _estimated_gpus(usage: Usage) -> BoundedEstimate:
    low, value, high = (watts * usage.num_gpus * usage.wall_seconds for watts in _WATTS_PER_GPU)
    method = (
        f"GPUs estimated from {usage.num_gpus} × {usage.wall_seconds:.0f} s at"
        f" {_named_watts(_WATTS_PER_GPU)}, since they hide their power"
    )
    return _kwh(value, low=low, high=high, method=method)


def _named_watts(watts: tuple[float, float, float]) -> str:
    low, middle, high = watts
    return f"{middle:g} W ({low:g} to {high:g})"


def _kwh(joules: float, *, low: float, high: float, method: str) -> BoundedEstimate:
    """An energy whose limits are in J too, in kWh."""
    return BoundedEstimate(
        value=joules / _JOULES_PER_KWH,
        low=low / _JOULES_PER_KWH,
        high=high / _JOULES_PER_KWH,
        unit="kWh",
        method=method,
    )
