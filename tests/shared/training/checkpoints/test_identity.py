from __future__ import annotations

import json
from typing import Any

import pytest

from shared.config import RunConfig, TrainConfig
from shared.errors import CheckpointError
from shared.training.checkpoints.identity import TrainingIdentity


def identity(data: str = "d" * 64, code: str = "c" * 64, **train: Any) -> TrainingIdentity:
    config = RunConfig(pipeline="toy", train=TrainConfig.model_validate(train))
    return TrainingIdentity.of(config, data=data, code=code)


def test_it_survives_the_way_through_a_file() -> None:
    one = identity(learning_rate=0.1 + 0.2, ema_momentum=0.9)
    assert TrainingIdentity.from_state(json.loads(json.dumps(one.state()))) == one


def test_other_settings_are_refused_by_name_with_both_values() -> None:
    with pytest.raises(
        CheckpointError,
        match=(
            r"here belongs to .*train\.batch_size was 32, is 64; train\.epochs was 3, is 9\. Resume"
            r" with"
        ),
    ):
        identity(epochs=9, batch_size=64).require_same(identity(epochs=3, batch_size=32), "here")


def test_other_data_are_refused() -> None:
    with pytest.raises(
        CheckpointError,
        match=(
            r"here belongs to a training on other data \(fingerprint eeeeeeeeeeee…, now"
            r" dddddddddddd…\)"
        ),
    ):
        identity().require_same(identity(data="e" * 64), "here")


def test_other_code_is_not_refused() -> None:
    identity().require_same(identity(code="e" * 64), "here")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("strategy", "single"),
        ("checkpoint_every_steps", 7),
        ("checkpoint_every_seconds", 0.5),
        ("keep_checkpoints", 9),
    ],
)
def test_what_does_not_change_the_weights_may_change(key: str, value: Any) -> None:
    assert identity(**{key: value}) == identity()
