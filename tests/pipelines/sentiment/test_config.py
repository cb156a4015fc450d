from __future__ import annotations

import pytest

from pipelines.sentiment.config import SentimentConfig
from shared.config.sources import resolve_config
from shared.errors import ConfigError
from tests.pipelines.sentiment import PRESETS, configure


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_is_valid_and_survives_its_own_json(preset: str) -> None:
    config = resolve_config(SentimentConfig, PRESETS, preset)
    assert SentimentConfig.model_validate_json(config.to_json()) == config


@pytest.mark.parametrize("preset", sorted(path.stem for path in PRESETS.glob("*.yaml")))
def test_every_preset_says_its_command(preset: str) -> None:
    assert (
        "python -m pipelines run sentiment"
        in (PRESETS / f"{preset}.yaml").read_text().split("\n\n")[0]
    )


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("model.encoder=bert", "The family pretrained has it: --set model.family=pretrained"),
        ("model.max_word=10", "model.max_word: no setting of the family ngram_cnn"),
        ("model.dropout=1.0", "model.dropout: Input should be less than 1"),
        (
            "model.kernel_words=[3, 2]",
            r"model.kernel_words: .*expected increasing positive lengths .*received \[3, 2\]",
        ),
        (
            "front_end.character_ngram_orders=[0]",
            "front_end.character_ngram_orders: .*expected increasing positive lengths",
        ),
        (
            "data.split=temporal",
            "data.split: Input should be 'entity', 'given' or 'leave_one_entity_out'",
        ),
        (
            "data.class_names={'0': same, '1': same}",
            "data.class_names: .*at least two classes are needed",
        ),
        (
            "data.columns=[sentence, label]",
            r"data: .*columns must hold text_column and label_column; \['text'\]",
        ),
    ],
)
def test_a_wrong_setting_is_named(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configure(assignment)
