from __future__ import annotations

import pytest

from shared.errors import ConfigError
from shared.session.assignments import as_assignments, refuse_late_settings


def test_sections_and_full_keys_are_both_settings() -> None:
    settings = {"train": {"epochs": 3, "seed": 1}, "data.class_names": {"1": "good"}}
    assert as_assignments(settings)[:2] == ["train.epochs=3", "train.seed=1"]
    assert as_assignments(settings)[2].startswith("data.class_names=")


def test_a_setting_of_training_comes_too_late() -> None:
    refuse_late_settings(["data.encoding=cp1252"], allowed=("data",))
    with pytest.raises(ConfigError, match=r"--set train\.epochs=3: the model is trained"):
        refuse_late_settings(["train.epochs=3"], allowed=("data",))
