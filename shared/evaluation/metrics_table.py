"""`metrics.parquet`: the metrics of `metrics.json` as a table."""

from __future__ import annotations

import pandas as pd

from shared.run.artefacts.metrics.metrics_file import Metrics

__all__ = ["metrics_table"]


def metrics_table(metrics: Metrics, num_val: int) -> pd.DataFrame:
    """One row per split and metric; numbers that are not available are NaN."""
    rows = [
        {
            "split": "test",
            "metric": name,
            "value": entry.value,
            "ci_low": entry.ci_low,
            "ci_high": entry.ci_high,
            "n": metrics.n,
            "unit": entry.unit,
            "baseline": entry.baseline,
        }
        for name, entry in metrics.metrics.items()
    ]
    rows += [
        {
            "split": "val",
            "metric": name,
            "value": value,
            "n": num_val,
            "unit": metrics.metrics[name].unit,
        }
        for name, value in metrics.val.items()
    ]
    numbers = ("value", "ci_low", "ci_high", "baseline")
    return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))
