from __future__ import annotations

import dataclasses

import pytest

from shared.training.cost.energy import estimate_energy
from shared.training.cost.meter import Usage

HIDDEN = Usage(
    wall_seconds=3600.0,
    processor_seconds=7200.0,
    machine_processor_seconds=14_400.0,
    peak_resident_bytes=4 * 10**9,
    mean_resident_bytes=2e9,
    host_joules=None,
    num_host_counters=0,
    gpu_joules=None,
    num_gpus=0,
)
"""Two processors busy for an hour, on a machine that hides its power."""


def test_a_measured_machine_is_measured_and_its_low_end_is_our_share_of_it() -> None:
    energy = estimate_energy(dataclasses.replace(HIDDEN, host_joules=3.6e6, num_host_counters=2))
    assert (energy.value, energy.low, energy.high) == pytest.approx((1.0, 0.45, 1.1))
    assert "measured by 2 RAPL counters" in energy.method
    assert "50% of the busy processor time" in energy.method


def test_a_hidden_machine_is_estimated_from_processor_time_and_memory() -> None:
    energy = estimate_energy(HIDDEN)
    # 2 × 6 W and 2 GB × 0.3725 W for an hour; limits by the other figures of the tables.
    assert (energy.value, energy.low, energy.high) == pytest.approx((0.012745, 0.00354, 0.048384))
    assert "estimated from 7200 s of processor time" in energy.method
    assert "hides its power" in energy.method


def test_measured_gpus_are_added_to_an_estimated_host() -> None:
    energy = estimate_energy(dataclasses.replace(HIDDEN, num_gpus=2, gpu_joules=3.6e6))
    assert energy.value == pytest.approx(1.012745)
    assert energy.low == pytest.approx(0.95 + 0.00354)
    assert "GPUs measured" in energy.method


def test_hidden_gpus_are_estimated_with_wide_limits() -> None:
    energy, host = estimate_energy(dataclasses.replace(HIDDEN, num_gpus=2)), estimate_energy(HIDDEN)
    assert energy.value - host.value == pytest.approx(0.4)
    assert energy.high is not None
    assert host.high is not None
    assert (energy.low - host.low, energy.high - host.high) == pytest.approx((0.092, 1.4))
    assert "GPUs estimated from 2 × 3600 s" in energy.method


def test_workers_on_one_machine_are_measured_once_and_on_two_twice() -> None:
    measured = dataclasses.replace(
        HIDDEN, host_joules=3.6e6, num_host_counters=2, processor_seconds=3600.0
    )
    beside, apart = (estimate_energy(measured, num_workers=2, num_hosts=hosts) for hosts in (1, 2))
    assert (beside.value, beside.low, beside.high) == pytest.approx((1.0, 2 * 0.25 * 0.9, 1.1))
    assert (apart.value, apart.low, apart.high) == pytest.approx((2.0, 2 * 0.25 * 0.9, 2.2))


def test_what_is_estimated_for_one_worker_is_taken_for_each() -> None:
    one, three = estimate_energy(HIDDEN), estimate_energy(HIDDEN, num_workers=3)
    assert three.value == pytest.approx(3 * one.value)
    assert "one of 3 workers" in three.method
