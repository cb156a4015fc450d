from __future__ import annotations

import pytest

from shared.training.checkpoints.cadence import Cadence


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_by_time_it_is_due_when_the_time_is_up() -> None:
    clock = Clock()
    cadence = Cadence(60.0, None, clock)
    clock.seconds = 59.9
    assert not cadence.is_due(1000)
    clock.seconds = 60.0
    assert cadence.is_due(1001)


def test_writing_takes_at_most_two_percent_of_the_time() -> None:
    clock = Clock()
    cadence = Cadence(1.0, None, clock)
    cadence.start(0)
    written = 0.0
    for step in range(10_000):
        clock.seconds += 0.1
        if cadence.is_due(step):
            clock.seconds += 3.0
            written += 3.0
            cadence.written(step, 3.0)
    # What the first one costs is not known before.
    assert 0.015 < (written - 3.0) / clock.seconds <= 0.02


def test_by_steps_it_is_due_once_for_each_multiple_however_long_an_execution_is() -> None:
    cadence = Cadence(0.0, 10, Clock())
    cadence.start(0)
    due = []
    for step in range(4, 45, 4):
        if cadence.is_due(step):
            due.append(step)
            cadence.written(step, 99.0)
    assert due == [12, 20, 32, 40]


def test_counting_begins_where_training_is_resumed() -> None:
    cadence = Cadence(0.0, 10, Clock())
    cadence.start(37)
    assert not cadence.is_due(39) and cadence.is_due(40)


@pytest.mark.parametrize(
    ("every_steps", "cost", "text"),
    [(500, 1.0, "every 500 steps"), (None, 1.0, "every 60 s"), (None, 6.0, "every 300 s")],
)
def test_it_is_told_as_it_will_be(every_steps: int | None, cost: float, text: str) -> None:
    cadence = Cadence(60.0, every_steps, Clock())
    cadence.written(0, cost)
    assert cadence.describe() == text
