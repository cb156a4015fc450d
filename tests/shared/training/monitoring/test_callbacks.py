from __future__ import annotations

from typing import Any

import pytest

from shared.training.monitoring.callbacks import ProgressLine


class Listener:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.updates: list[tuple[int, int, str]] = []
        self.milestones: list[str] = []

    def update(self, done: int, total: int, note: str = "") -> None:
        self.updates.append((done, total, note))

    def milestone(self, message: str) -> None:
        self.milestones.append(message)

    def log(self, message: str) -> None: ...


class Clock:
    examples_per_second: float | None = 1234.4
    wait_share: float | None = 0.031
    seconds_left: float | None = 3671.0


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> tuple[ProgressLine, Listener, Clock]:
    listener, clock = Listener(), Clock()
    untyped: Any = clock
    progress = ProgressLine(listener, untyped)
    progress.set_params({"steps": 40, "epochs": 10})
    monkeypatch.setattr("shared.training.monitoring.callbacks._SECONDS_BETWEEN_UPDATES", 0.0)
    return progress, listener, clock


def test_the_line_tells_where_how_good_how_fast_and_how_long(
    line: tuple[ProgressLine, Listener, Clock],
) -> None:
    progress, listener, _ = line
    progress.on_epoch_begin(2)
    progress.on_train_batch_end(11, {"accuracy": 0.875, "loss": 0.43211, "other": 1.0})
    expected = (
        "epoch 3/10  step 12/40  1:01:11 left  loss 0.4321  accuracy 0.8750  1,234 examples/s  3%"
        " waiting for data"
    )
    assert listener.updates == [(92, 400, expected)]


def test_what_is_not_known_yet_is_not_told(line: tuple[ProgressLine, Listener, Clock]) -> None:
    progress, listener, clock = line
    clock.examples_per_second = clock.wait_share = clock.seconds_left = None
    progress.on_epoch_begin(0)
    progress.on_train_batch_end(0, {"loss": 1.0})
    assert listener.updates[0][2] == "epoch 1/10  step 1/40  loss 1.0000"


def test_each_epoch_is_a_milestone_with_all_its_logs(
    line: tuple[ProgressLine, Listener, Clock],
) -> None:
    progress, listener, _ = line
    progress.on_epoch_end(2, {"loss": 0.4, "val_loss": 0.5, "val_accuracy": 0.75})
    assert listener.milestones[0].startswith(
        "epoch 3/10  1:01:11 left  loss 0.4000  val_loss 0.5000  val_accuracy 0.7500  "
    )


def test_updates_are_not_more_often_than_eyes_can_follow(
    line: tuple[ProgressLine, Listener, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.training.monitoring.callbacks._SECONDS_BETWEEN_UPDATES", 3600.0)
    progress, listener, _ = line
    monkeypatch.setattr("shared.training.monitoring.callbacks.time.perf_counter", lambda: 1e6)
    for step in range(5):
        progress.on_train_batch_end(step, {"loss": 1.0})
    assert len(listener.updates) == 1
