"""A daily look that does not inflate false alarms: test martingales over all batches.

A batch is compared with the test split *and all batches before it*, never with the test split
alone: with one fixed reference the p-values of all days share its chance deviations, and their
product bets the same luck again and again. Against all rows before, p-values of different batches
are independent while nothing drifts (as in conformal test martingales: Vovk, Gammerman & Shafer
2022, section 8.1; for chi-square these are Helmert's contrasts).

1. p-value of a batch: chi-square over ten bins of the column (deciles of the test split).
2. e-value: e(p) = (1 - p + p ln p) / (p ln² p), whose mean is 1 while nothing drifts (Vovk & Wang
   2021, section 2, all power calibrators mixed).
3. Drift may begin with any batch s: bets begin with weight w_s = 1 / (s (s + 1)) of the money,
   A_t = e_t (A_{t-1} + w_t), and the wealth is W_t = A_t + 1 / (t + 1), money not yet bet included.
4. Alarm if W_t >= 1 / level: by Ville's inequality (1939) the chance of ever doing so is at most
   `level`. Columns share the level of the sequence (Bonferroni over martingales).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.monitoring.columns import Categorical, Column, Numeric
from shared.monitoring.drift_tests import chi_square, merge_rare
from shared.run.artefacts.monitoring.history import BatchSeen, ColumnHistory, MonitorHistory
from shared.run.artefacts.monitoring.record import SequenceRecord, SequenceTest

__all__ = ["LIFETIME_LEVEL", "Look", "count_batch", "describe_sequence", "e_value"]

LIFETIME_LEVEL = 0.05
"""Largest chance of a false alarm over all batches that there will ever be."""
_NUM_BINS = 10
_SMALLEST_P_VALUE = 1e-300


@dataclass(frozen=True)
class Look:
    """What is written down of a batch.

    Attributes:
        made_at: Moment, ISO 8601.
        source: Where the batch is from.
        fingerprint: Of its ids and answers.
        n: Rows that are tested.
    """

    made_at: str
    source: str
    fingerprint: str
    n: int


def count_batch(
    history: MonitorHistory, pairs: Sequence[tuple[Column, Column]], look: Look
) -> MonitorHistory:
    """The history with one more batch; unchanged if it was counted before.

    Args:
        history: So far.
        pairs: A column of the test split, and the same of the new rows.
        look: What is written down.
    """
    if any(seen.fingerprint == look.fingerprint for seen in history.batches):
        return history
    known = {(column.family, column.name): column for column in history.columns}
    fresh = [ref for ref, _ in pairs if (ref.family, ref.name) not in known]
    # Of the level not yet given away, columns that appear together get half, each the same part.
    left = LIFETIME_LEVEL - sum(column.level for column in history.columns)
    for column in fresh:
        level = left / 2.0 / len(fresh)
        known[column.family, column.name] = _begin(column, level)
    for _, new in pairs:
        key = (new.family, new.name)
        known[key] = _bet(known[key], new)
    columns = tuple(known.values())
    nearest = max(map(_nearness, columns), default=0.0)
    seen = BatchSeen(
        made_at=look.made_at,
        source=look.source,
        fingerprint=look.fingerprint,
        n=look.n,
        log10_nearness=nearest,
    )
    return history.model_copy(update={"columns": columns, "batches": (*history.batches, seen)})


def describe_sequence(history: MonitorHistory, *, counted_before: bool) -> SequenceRecord:
    """What the history says, the column nearest to its threshold first."""
    tests = [
        SequenceTest(
            family=column.family,
            column=column.name,
            log10_wealth=_log_wealth(column) / math.log(10.0),
            log10_threshold=-math.log10(column.level),
            drifted=column.drifted,
        )
        for column in history.columns
    ]
    tests.sort(key=lambda test: test.log10_threshold - test.log10_wealth)
    return SequenceRecord(
        level=LIFETIME_LEVEL,
        num_batches=len(history.batches),
        counted_before=counted_before,
        tests=tuple(tests),
        log10_nearness=tuple(batch.log10_nearness for batch in history.batches),
    )


def e_value(p_value: float) -> float:
    """The mixture of all power calibrators; 1/2 at p = 1, and no more than 1 on average.

    >>> round(e_value(1.0), 3), round(e_value(0.01), 2), round(e_value(1e-6))
    (0.5, 4.45, 5239)
    """
    p = max(p_value, _SMALLEST_P_VALUE)
    log_p = math.log(p)
    if log_p > -1e-4:  # the limit; the formula divides 0 by 0
        return 0.5
    return (1.0 - p + p * log_p) / (p * log_p**2)


def _begin(reference: Column, level: float) -> ColumnHistory:
    """A column's bins, which the test split decides, and the test split in them."""
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    match reference:
        case Numeric(values=values):
            finite = values[np.isfinite(values)]
            inner = np.linspace(0.0, 1.0, _NUM_BINS + 1)[1:-1]
            found = np.quantile(finite, inner) if len(finite) else np.zeros(0)
            edges = tuple(np.unique(found).tolist())
        case Categorical(values=names):
            categories = tuple(np.unique(names).tolist())
    begun = ColumnHistory(
        family=reference.family,
        name=reference.name,
        edges=edges,
        categories=categories,
        counts=(),
        num_batches=0,
        log_started=None,
        level=level,
        drifted=False,
    )
    counts = _count(begun, reference)
    return begun.model_copy(update={"counts": tuple(counts.tolist())})


def _count(column: ColumnHistory, rows: Column) -> NDArray[np.int64]:
    """Rows in each bin of a column."""
    match rows:
        case Numeric(values=values):
            num_bins = len(column.edges) + 2
            codes = np.searchsorted(column.edges, values, side="left")
            codes = np.where(np.isfinite(values), codes, num_bins - 1)
        case Categorical(values=names):
            num_bins = len(column.categories) + 1
            places = {name: place for place, name in enumerate(column.categories)}
            codes = np.array([places.get(name, num_bins - 1) for name in names.tolist()], np.int64)
    return np.bincount(codes, minlength=num_bins)


def _bet(column: ColumnHistory, new: Column) -> ColumnHistory:
    """The column after one more batch."""
    counts = _count(column, new)
    before = np.array(column.counts, dtype=np.int64)
    gain = math.log(e_value(_p_value(before, counts)))
    number = column.num_batches + 1
    begins = -math.log(number * (number + 1.0))
    money = begins if column.log_started is None else np.logaddexp(column.log_started, begins)
    bet = column.model_copy(
        update={
            "counts": tuple((before + counts).tolist()),
            "num_batches": number,
            "log_started": float(money) + gain,
        }
    )
    return bet.model_copy(update={"drifted": column.drifted or _nearness(bet) >= 0.0})


def _p_value(before: NDArray[np.int64], new: NDArray[np.int64]) -> float:
    merged = merge_rare(np.stack([before, new]))
    if merged.shape[1] < 2:
        return 1.0
    return chi_square(merged)[1]


def _log_wealth(column: ColumnHistory) -> float:
    """Natural logarithm of W_t."""
    kept = -math.log(column.num_batches + 1.0)
    if column.log_started is None:
        return kept
    return float(np.logaddexp(column.log_started, kept))


def _nearness(column: ColumnHistory) -> float:
    """Decimal logarithm of wealth over threshold; alarm from 0 on."""
    return (_log_wealth(column) + math.log(column.level)) / math.log(10.0)
