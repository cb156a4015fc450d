"""Does an estimated attribute come out the same twice? Two images of one entity, pair by pair.

    python -m benchmarks.estimate_repeatability RUN_DIR skin_tone_estimate

Takes the first two examples of each entity that has two or more, over all splits. Agreement is set
against chance by Cohen's kappa (1960): 1 is perfect, 0 is what the shares of the names alone would
give.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import cohen_kappa_score

from shared.contract import UNKNOWN

__all__ = ["main", "pairs_of_entities"]


def main(run: Path, attribute: str) -> None:
    """Print both numbers, for all pairs and for those in which both values are known."""
    parts = [
        pd.read_parquet(run / "splits" / f"{part}.parquet") for part in ("train", "val", "test")
    ]
    table = pd.concat(parts, ignore_index=True)
    pairs = pairs_of_entities(table["entity"], table[f"group:{attribute}"])
    known = pairs[(pairs != UNKNOWN).all(axis=1)]
    for title, chosen in (("all pairs", pairs), ("both known", known)):
        same = (chosen["first"] == chosen["second"]).mean()
        kappa = cohen_kappa_score(chosen["first"], chosen["second"])
        print(f"{title:<12}{len(chosen):>6} pairs   same value {same:.1%}   kappa {kappa:.2f}")


def pairs_of_entities(entities: pd.Series, values: pd.Series) -> pd.DataFrame:
    """One row for each entity with two examples or more.

    The value of its first two, in the order of the table.
    """
    order = values.groupby(entities, sort=True)
    first = order.nth(0)
    second = order.nth(1)
    first.index = entities[first.index]
    second.index = entities[second.index]
    return pd.DataFrame({"first": first, "second": second}).dropna()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
