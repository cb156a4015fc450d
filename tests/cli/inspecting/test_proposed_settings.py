from __future__ import annotations

from pathlib import Path

from cli.inspecting.proposed_settings import (
    Asked,
    print_next_steps,
    print_proposals,
    write_found_preset,
)
from pipelines import get_pipeline
from shared.config.setting_text import read_yaml
from shared.loading.proposals import Proposal
from tests.cli.inspecting.consoles import narrow_console

_PROPOSALS = (
    Proposal({"data.encoding": "cp1252"}, "not UTF-8"),
    Proposal({"data.text_column": "zweite Spalte", "data.label_column": "Art"}, "no columns"),
)


def test_all_settings_and_the_command_that_uses_them_can_be_pasted() -> None:
    console, shown = narrow_console()
    print_proposals(console, _PROPOSALS)
    asked = Asked("my texts.csv", None, ("train.epochs=2",))
    print_next_steps(console, get_pipeline("sentiment"), asked, _PROPOSALS, None)
    assert shown.getvalue().splitlines()[1:] == [
        "  --set data.encoding=cp1252",
        "  --set 'data.text_column=zweite Spalte'",
        "  --set data.label_column=Art",
        "Next: python -m pipelines run sentiment --data 'my texts.csv' --set train.epochs=2 --set"
        " data.encoding=cp1252 --set 'data.text_column=zweite Spalte' --set data.label_column=Art",
    ]


def test_without_anything_missing_only_the_command_is_shown(tmp_path: Path) -> None:
    console, shown = narrow_console()
    path = tmp_path / "said.yaml"
    print_proposals(console, ())
    print_next_steps(console, get_pipeline("speech"), Asked("said/"), (), path)
    assert shown.getvalue() == f"Next: python -m pipelines run speech --preset {path}\n"
    assert "source: said/" in path.read_text(encoding="utf-8")


def test_the_preset_holds_what_the_chosen_one_has_and_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    sentiment = get_pipeline("sentiment")
    write_found_preset(path, sentiment, Asked("texts.csv", None, ("train.epochs=2",)), _PROPOSALS)
    tree = read_yaml(path.read_text(encoding="utf-8"), where="mine")
    assert tree["data"] == {
        "source": "texts.csv",
        "encoding": "cp1252",
        "text_column": "zweite Spalte",
        "label_column": "Art",
    }
    assert tree["train"]["epochs"] == 2
    assert tree["train"]["label_smoothing"] == 0.05
