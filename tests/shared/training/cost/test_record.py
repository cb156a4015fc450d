from __future__ import annotations

import pytest

from shared.run.artefacts.train_file import BoundedEstimate, TrainingCost
from shared.training.cost.record import sum_costs
from tests.shared.changed import changed
from tests.shared.training.cost.estimates import bounded


def estimate(value: float, unit: str) -> BoundedEstimate:
    return bounded(value, value / 2, value * 2, unit=unit, method=f"found by {value}")


def cost(factor: float) -> TrainingCost:
    """What one training tells, `factor` times as dear as another."""
    return TrainingCost(
        seconds=10.0 * factor,
        fit_seconds=8.0 * factor,
        device_seconds=16.0 * factor,
        examples_per_second=100.0 * factor,
        wait_share=0.1 * factor,
        energy_kwh=estimate(factor, "kWh"),
        co2e_grams=estimate(400 * factor, "g CO2e"),
        flops_per_example=estimate(1e6, "FLOPs"),
        training_flops=estimate(1e9 * factor, "FLOPs"),
        peak_host_memory_mib=estimate(500 * factor, "MiB"),
        peak_device_memory_mib=None,
    )


def test_times_energy_emissions_and_operations_add_up() -> None:
    total = sum_costs([cost(1.0), cost(3.0)])
    assert (total.seconds, total.fit_seconds, total.device_seconds) == (40.0, 32.0, 64.0)
    energy = total.energy_kwh
    assert (energy.value, energy.low, energy.high) == (4.0, 2.0, 8.0)
    assert energy.method == "2 trainings; of the first: found by 1.0"
    assert total.co2e_grams.value == 1600
    assert total.training_flops.value == 4_000_000_000


def test_of_memory_the_largest_counts() -> None:
    total = sum_costs([cost(3.0), cost(1.0)])
    assert total.peak_host_memory_mib.value == 1500
    assert total.peak_device_memory_mib is None


def test_speed_and_waiting_are_means_over_the_time_of_fitting() -> None:
    total = sum_costs([cost(1.0), cost(3.0)])
    assert total.examples_per_second == pytest.approx((100 * 8 + 300 * 24) / 32)
    assert total.wait_share == pytest.approx((0.1 * 8 + 0.3 * 24) / 32)


def test_what_one_training_does_not_know_is_left_to_the_others() -> None:
    total = sum_costs([changed(cost(1.0), wait_share=None), cost(3.0)])
    assert total.wait_share == pytest.approx(0.3)
