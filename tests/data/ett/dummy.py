"""Writes `data/ett/dummy_data`: random walks. `python -m tests.data.ett.dummy`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["write_dummy"]

_CHANNELS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
_ROWS = 96


def write_dummy(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, step) in enumerate({"ETTh1": "h", "ETTm2": "15min"}.items()):
        steps = np.random.default_rng(seed).normal(size=(_ROWS, len(_CHANNELS)))
        # The published files hold float32 numbers with all digits of float64.
        walk = steps.cumsum(axis=0).round(3).astype(np.float32).astype(np.float64)
        table = pd.DataFrame(walk, columns=_CHANNELS)
        table.insert(
            0,
            "date",
            pd.date_range("1999-01-01", periods=_ROWS, freq=step).strftime("%Y-%m-%d %H:%M:%S"),
        )
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    (folder / "README.md").write_text("Random walks (tests/data/ett/dummy.py): no transformer.\n")


if __name__ == "__main__":
    write_dummy(Path("data/ett/dummy_data"))
