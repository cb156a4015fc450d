from __future__ import annotations

from typing import Any

import pytest

from shared.training.watching.clock import TrainingClock


class Time:
    """A clock that moves when it is told to, and a waiting time that is part of it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.seconds = 0.0

    def pass_by(self, seconds: float, *, waiting: float = 0.0) -> None:
        self.now += seconds
        self.seconds += waiting


def clock_of(time: Time, *, steps: int = 4, epochs: int = 3) -> TrainingClock:
    waiting: Any = time
    clock = TrainingClock(10, waiting, lambda: time.now)
    clock.set_params({"steps": steps, "epochs": epochs})
    return clock


def run_step(
    clock: TrainingClock,
    time: Time,
    step: int,
    seconds: float,
    *,
    waiting: float = 0.0,
    last: int | None = None,
) -> None:
    clock.on_train_batch_begin(step)
    time.pass_by(seconds, waiting=waiting)
    clock.on_train_batch_end(step if last is None else last)


def test_the_first_execution_is_not_counted_since_it_traces_the_graph() -> None:
    time = Time()
    clock = clock_of(time)
    clock.on_epoch_begin(0)
    run_step(clock, time, 0, 60.0, waiting=30.0)
    assert clock.wait_share is None
    assert clock.examples_per_second is None
    run_step(clock, time, 1, 2.0, waiting=0.5)
    assert clock.wait_share == pytest.approx(0.25)
    assert clock.examples_per_second == pytest.approx(5.0)
    assert clock.num_examples_seen == 20


def test_validation_is_not_training_time() -> None:
    time = Time()
    clock = clock_of(time)
    clock.on_epoch_begin(0)
    run_step(clock, time, 0, 60.0)
    run_step(clock, time, 1, 1.0, waiting=0.5)
    time.pass_by(500.0)
    clock.on_epoch_begin(1)
    run_step(clock, time, 0, 1.0, waiting=0.5)
    assert clock.wait_share == pytest.approx(0.5)
    assert clock.examples_per_second == pytest.approx(10.0)


def test_an_execution_of_several_steps_counts_them_all() -> None:
    time = Time()
    clock = clock_of(time)
    clock.on_epoch_begin(0)
    run_step(clock, time, 0, 60.0)
    run_step(clock, time, 1, 1.0, last=3)
    assert clock.examples_per_second == pytest.approx(30.0)
    assert clock.num_examples_seen == 40


def test_what_is_left_follows_from_the_speed_so_far_with_validation() -> None:
    time = Time()
    clock = clock_of(time)
    clock.on_epoch_begin(0)
    for step in range(4):
        run_step(clock, time, step, 1.0)
    time.pass_by(4.0)
    clock.on_epoch_begin(1)
    run_step(clock, time, 0, 1.0)
    # 4 steps in 8 s since the first one; 7 of 12 are left.
    assert clock.seconds_left == pytest.approx(14.0)


def test_a_resumed_training_goes_on_counting() -> None:
    time = Time()
    first, second = clock_of(time), clock_of(time)
    first.on_epoch_begin(0)
    run_step(first, time, 0, 60.0)
    run_step(first, time, 1, 2.0, waiting=0.5)
    second.restore(first.state())
    second.on_epoch_begin(0)
    run_step(second, time, 2, 60.0)
    run_step(second, time, 3, 2.0, waiting=1.5)
    assert second.wait_share == pytest.approx(0.5)
    assert second.num_examples_seen == 40
