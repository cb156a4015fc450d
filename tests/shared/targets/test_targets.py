from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from shared.targets import Categories, Horizon, Target


@pytest.mark.parametrize(
    "target",
    [
        Categories(names=("ant", "bee")),
        Horizon(steps=3, channels=("a", "b"), unit="kW", step_seconds=3600, season_steps=2),
    ],
)
def test_targets_read_back_from_json_as_what_they_were(target: Categories | Horizon) -> None:
    adapter: TypeAdapter[Target] = TypeAdapter(Target)
    assert adapter.validate_json(target.model_dump_json()) == target
