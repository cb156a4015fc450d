"""Small tables and texts for the tests of the sentiment pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pipelines.sentiment.config import SentimentConfig
from shared.config.sources import resolve_config
from shared.contract import Examples

__all__ = ["PRESETS", "configure", "labelled_rows", "make_examples", "write", "write_folder"]

PRESETS = Path(__file__).parents[3] / "pipelines" / "sentiment" / "presets"


def configure(
    *assignments: str, preset: str = "smoke", source: Path | None = None
) -> SentimentConfig:
    """A preset with `--set` assignments."""
    return resolve_config(
        SentimentConfig, PRESETS, preset, assignments, None if source is None else str(source)
    )


def labelled_rows(num_rows: int, start: int = 0) -> pd.DataFrame:
    """Distinct texts, every other one negative."""
    numbers = range(start, start + num_rows)
    return pd.DataFrame(
        {
            "text": [
                f"a {'good' if number % 2 else 'bad'} film number {number}" for number in numbers
            ],
            "label": [str(number % 2) for number in numbers],
        }
    )


def make_examples(texts: list[str], targets: list[int]) -> Examples:
    """Examples with the given texts."""
    names = np.array([str(number) for number in range(len(texts))])
    column = np.array(texts, dtype=object)
    return Examples(
        names,
        names,
        np.array(targets, dtype=np.int64),
        pd.DataFrame(index=range(len(texts))),
        lambda indices: {"text": column[indices]},
    )


def write(table: pd.DataFrame, path: Path, *, header: bool = True) -> Path:
    """Write a table as its suffix says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".parquet":
            table.to_parquet(path, index=False)
        case ".jsonl":
            table.to_json(path, orient="records", lines=True)
        case _:
            table.to_csv(
                path, index=False, header=header, sep="\t" if path.suffix == ".tsv" else ","
            )
    return path


def write_folder(tmp_path: Path, **tables: pd.DataFrame) -> Path:
    """A folder of tables, one for each split."""
    for name, rows in tables.items():
        write(rows, tmp_path / "source" / f"{name}.tsv")
    return tmp_path / "source"
