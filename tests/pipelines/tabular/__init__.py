"""Tables of machine states, written to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.tabular.config import TabularConfig
from shared.config.sources import resolve_config

__all__ = ["configure", "machines", "write"]

_PRESETS = Path(__file__).resolve().parents[3] / "pipelines" / "tabular" / "presets"


def configure(source: str | Path, *settings: str) -> TabularConfig:
    """The smoke preset with another source."""
    config = resolve_config(TabularConfig, _PRESETS, "smoke", list(settings), str(source))
    assert isinstance(config, TabularConfig)
    return config


def machines(**columns: Sequence[Any]) -> pd.DataFrame:
    """Machines whose label follows from heat and kind; columns may be replaced or added."""
    count = 90
    generator = np.random.default_rng(0)
    heat = generator.normal(60.0, 10.0, count).round(2)
    kind = generator.choice(["pump", "fan", "press"], count)
    label = np.where(heat + 8 * (kind == "press") > 62, "fails", "runs")
    table = {"heat_c": heat, "kind": kind, "site": generator.choice(["a", "b"], count)}
    return pd.DataFrame({**table, "label": label, **columns})


def write(
    folder: Path, table: pd.DataFrame | Mapping[str, Any], name: str = "machines.csv"
) -> Path:
    """As CSV."""
    path = folder / name
    pd.DataFrame(table).to_csv(path, index=False)
    return path
