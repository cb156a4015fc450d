from __future__ import annotations

import tomllib
from dataclasses import fields

from shared.contract import Pipeline
from tests.architecture.source_tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))[
        "tool"
    ]["importlinter"]["contracts"]
}


def as_chain(layers: list[str]) -> str:
    """Layers as the page draws them: `stages → {training, fairness} → …`."""
    rooms = [layer.split(" : ") for layer in layers]
    return " → ".join(f"{{{', '.join(room)}}}" if len(room) > 1 else room[0] for room in rooms)


def test_the_page_draws_the_layers_that_the_import_rules_enforce() -> None:
    drawn = " ".join(PAGE.split())
    for name in ("packages", "library"):
        assert as_chain(CONTRACTS[name]["layers"]) in drawn


def test_the_tree_names_every_room_of_the_library() -> None:
    tree = PAGE[PAGE.index("## The tree") : PAGE.index("Imports point downwards")]
    rooms = [path.parent.name for path in (REPOSITORY / "shared").glob("*/__init__.py")]
    assert [room for room in rooms if f"{room}/" not in tree] == []


def test_the_table_of_the_contract_names_every_member() -> None:
    table = PAGE[PAGE.index("| member |") : PAGE.index("## The tree")]
    missing = [field.name for field in fields(Pipeline) if f"`{field.name}" not in table]
    assert missing == []
