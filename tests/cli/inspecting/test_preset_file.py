from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.inspecting.preset_file import require_new_preset, write_preset
from pipelines.sentiment.config import SentimentConfig
from shared.config.setting_text import read_yaml
from shared.config.sources import resolve_config
from shared.errors import ConfigError
from shared.loading.proposals import Proposal

_TREE: dict[str, Any] = {
    "train": {"batch_size": 8},
    "data": {
        "source": "my reviews.csv",
        "text_column": "Text: ja, nein",
        "class_names": {"no": "Nein", "yes": "Ja"},
        "columns": ("Text: ja, nein", "label"),
    },
}


def test_a_preset_reads_back_as_it_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    proposal = Proposal({"data.text_column": "Text: ja, nein"}, "no column 'text'")
    write_preset(path, _TREE, SentimentConfig, [proposal], title="Sentiment on my reviews.csv")
    text = path.read_text(encoding="utf-8")
    data = _TREE["data"]
    assert read_yaml(text, where="mine") == _TREE | {
        "data": data | {"columns": ["Text: ja, nein", "label"]}
    }

    config = resolve_config(SentimentConfig, tmp_path, str(path))
    assert config.preset == "mine"
    assert config.data.source == "my reviews.csv"
    assert config.data.class_names == {"no": "Nein", "yes": "Ja"}


def test_each_setting_stands_under_a_comment_and_what_was_told_says_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    proposal = Proposal({"data.text_column": "Text: ja, nein"}, "no column 'text'")
    write_preset(path, _TREE, SentimentConfig, [proposal], title="Sentiment")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= 80
    place = next(place for place, line in enumerate(lines) if "text_column:" in line)
    assert lines[place - 1] == "  # Column of the text. Told from the source: check it."
    assert sum("Told from the source" in line for line in lines) == 1


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="there already"):
        require_new_preset(tmp_path / "mine.yaml")
    with pytest.raises(ConfigError, match=r"ends in \.yaml, such as mine\.yaml"):
        require_new_preset(tmp_path / "mine.txt")


def test_a_folder_that_is_not_there_ends_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be written"):
        write_preset(tmp_path / "no" / "mine.yaml", {}, SentimentConfig, [], title="")
