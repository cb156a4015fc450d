from __future__ import annotations

from pathlib import Path

import pytest

import tests.contract.toy
from shared.config.sources import resolve_config
from shared.errors import ConfigError
from tests.contract.toy import PIPELINE

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ["train.mitigation=reweighing"],
            r"train\.mitigation=reweighing needs train\.mitigated_attribute",
        ),
        (
            ["train.mitigated_attribute=sex"],
            r"train\.mitigated_attribute='sex' has no effect with train\.mitigation=none",
        ),
        (
            [
                "train.mitigation=group_dro",
                "train.mitigated_attribute=sex",
                "train.gradient_accumulation=4",
            ],
            r"group_dro can't be combined with train\.gradient_accumulation=4: .* the whole batch",
        ),
        (
            ["train.mitigation=group_dro", "train.mitigated_attribute=sex", "train.jit=true"],
            r"can't be combined with train\.jit=true",
        ),
        (
            ["train.mitigation=massaging", "train.mitigated_attribute=sex"],
            r"'none', 'reweighing', 'balanced_sampling' or 'group_dro'",
        ),
    ],
    ids=["no attribute", "no method", "accumulation", "jit", "unknown method"],
)
def test_settings_that_contradict_each_other_are_refused_in_words(
    settings: list[str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        resolve_config(PIPELINE.config_type, PRESETS, "smoke", settings)


def test_the_default_is_no_mitigation() -> None:
    assert resolve_config(PIPELINE.config_type, PRESETS, "smoke").train.mitigation == "none"
