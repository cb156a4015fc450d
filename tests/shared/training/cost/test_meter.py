from __future__ import annotations

import json
import subprocess
import sys
import threading

import numpy as np

from shared.training.cost.meter import CostMeter


class Counter:
    """10 J for each look."""

    name = "fake"

    def __init__(self) -> None:
        self.joules = 0.0

    def read_joules(self) -> float:
        self.joules += 10.0
        return self.joules


def test_processor_time_and_memory_are_those_of_the_block() -> None:
    with CostMeter(0, host_counters=[], gpu_counters=[]) as meter:
        before = meter.usage()
        held = np.ones(32 * 2**20, np.uint8)
        while meter.usage().processor_seconds - before.processor_seconds < 0.05:
            held.sum()
        usage = meter.usage()
    assert usage.peak_resident_bytes >= before.peak_resident_bytes + 30 * 2**20
    assert usage.machine_processor_seconds >= usage.processor_seconds > before.processor_seconds
    assert usage.wall_seconds > 0


def test_a_child_process_counts() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: sum(range(1000))"
    with CostMeter(0, host_counters=[], gpu_counters=[]) as meter:
        subprocess.run([sys.executable, "-c", burn], check=True)
        assert meter.usage().processor_seconds > 0.2


def test_energy_is_that_since_the_block_began() -> None:
    with CostMeter(2, host_counters=[Counter(), Counter()], gpu_counters=[Counter()]) as meter:
        usage = meter.usage()
    assert usage.host_joules == 20.0
    assert usage.gpu_joules == 10.0
    assert usage.num_host_counters == 2


def test_where_nothing_counts_energy_it_is_not_known() -> None:
    with CostMeter(1, host_counters=[], gpu_counters=[]) as meter:
        usage = meter.usage()
    assert usage.host_joules is None
    assert usage.gpu_joules is None


def test_the_meters_thread_ends_with_the_block() -> None:
    with CostMeter(0, host_counters=[], gpu_counters=[]):
        assert any(thread.name == "cost-meter" for thread in threading.enumerate())
    assert all(thread.name != "cost-meter" for thread in threading.enumerate())


def test_a_resumed_training_adds_to_what_was_taken_before() -> None:
    with CostMeter(1, host_counters=[Counter()], gpu_counters=[]) as first:
        before = first.usage()
        state = json.loads(json.dumps(first.state()))
    with CostMeter(1, host_counters=[Counter()], gpu_counters=[Counter()]) as second:
        second.restore(state)
        usage = second.usage()
    assert usage.host_joules == 20.0 + 10.0  # two looks before, one after
    assert usage.gpu_joules is None  # of the first stretch it is not known
    assert usage.wall_seconds > before.wall_seconds
    assert usage.processor_seconds >= before.processor_seconds
