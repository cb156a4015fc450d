from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import tensorflow as tf
from tensorflow.python.framework import config as tensorflow_config

from shared.config import TrainConfig
from shared.training.distribution.strategy import make_strategy
from shared.training.monitoring.clock import TrainingClock, WaitClock, measure_wait_share


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


def slow(seconds: float) -> Any:
    def pause(value: tf.Tensor) -> tf.Tensor:
        time.sleep(seconds)
        return value

    return lambda value: tf.ensure_shape(tf.py_function(pause, [value], tf.int64), value.shape)


@pytest.fixture
def determinism_as_before() -> Iterator[None]:
    before = tensorflow_config.is_op_determinism_enabled()
    yield
    if before:
        tf.config.experimental.enable_op_determinism()
    else:
        tensorflow_config.disable_op_determinism()


def numbers(pause_seconds: float) -> tf.data.Dataset:
    """Single numbers, each of which takes so long to make."""
    dataset = tf.data.Dataset.range(64)
    return dataset.map(slow(pause_seconds)) if pause_seconds else dataset.prefetch(4)


def test_data_that_are_slower_than_the_step_are_most_of_the_time() -> None:
    assert measure_wait_share(numbers(0.02), lambda _: None, num_steps=20) > 0.9


def test_data_that_are_there_cost_next_to_nothing() -> None:
    assert measure_wait_share(numbers(0.0), lambda _: time.sleep(0.02), num_steps=20) < 0.3


def test_data_and_step_in_turn_share_the_time() -> None:
    # Nothing is prepared ahead, so that the loop waits 20 ms, then works 20 ms.
    unprepared = tf.data.Options()
    unprepared.experimental_optimization.inject_prefetch = False
    share = measure_wait_share(
        numbers(0.02).with_options(unprepared), lambda _: time.sleep(0.02), num_steps=20
    )
    assert 0.3 < share < 0.7


def test_data_prepared_ahead_of_a_slower_step_are_not_waited_for(
    determinism_as_before: None,
) -> None:
    # under which tf.data runs Python functions one by one, and none ahead
    tensorflow_config.disable_op_determinism()
    # A clock that measured how long data take to make, not how long the loop waits for them, would
    # say two fifths.
    share = measure_wait_share(numbers(0.08).prefetch(4), lambda _: time.sleep(0.12), num_steps=15)
    assert share < 0.3


@pytest.mark.parametrize(
    ("data_seconds", "step_seconds", "low", "high"), [(0.02, 0.0, 0.7, 1.0), (0.0, 0.02, 0.0, 0.3)]
)
@pytest.mark.parametrize("deterministic", [True, False])
@pytest.mark.parametrize("strategy_name", ["single", "mirrored"])
def test_inside_a_graph_and_under_a_strategy_the_loop_is_what_waits(
    strategy_name: Any,
    deterministic: bool,
    data_seconds: float,
    step_seconds: float,
    low: float,
    high: float,
    determinism_as_before: None,
) -> None:
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    else:
        tensorflow_config.disable_op_determinism()
    strategy = make_strategy(TrainConfig(strategy=strategy_name))
    clock = WaitClock(deterministic=deterministic)
    dataset = numbers(data_seconds).batch(2).map(lambda values: values)
    iterator = iter(strategy.experimental_distribute_dataset(dataset))
    steps = waiting_loop(strategy, clock, step_seconds)
    steps(iterator, tf.constant(1))
    started, waited = time.perf_counter(), clock.seconds
    steps(iterator, tf.constant(20))
    share = (clock.seconds - waited) / (time.perf_counter() - started)
    assert low <= share <= high


def waiting_loop(strategy: tf.distribute.Strategy, clock: WaitClock, step_seconds: float) -> Any:
    """A function of batches and a number of steps, whose loop is in the graph."""

    @tf.function(autograph=False)
    def steps(batches: Any, num_steps: tf.Tensor) -> None:
        def body(done: tf.Tensor) -> tf.Tensor:
            batch = clock.next_batch(batches)
            with tf.control_dependencies(
                tf.nest.flatten(strategy.experimental_local_results(batch))
            ):
                return tf.cast(slow(step_seconds)(tf.cast(done + 1, tf.int64)), tf.int32)

        tf.while_loop(lambda done: done < num_steps, body, [tf.constant(0)], parallel_iterations=1)

    return steps
