"""When a model should abstain: the confidence below which it defers a row to a person."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from shared.run.artefacts.calibration_file import AbstentionProof

__all__ = ["GUARANTEE", "abstention_threshold", "count_independent", "prove_abstention"]

GUARANTEE = 0.95
"""Probability, over validation splits, that the error share of what is answered stays below the
requested one."""

_RISK = 1.0 - GUARANTEE
_MOST_CHAINS = 8


@dataclass(frozen=True)
class _Ranking:
    """What is answered at each threshold, the surest rows first; (thresholds,) each.

    Attributes:
        levels: The thresholds, decreasing.
        sizes: Independent rows that tell as much as the rows that are answered.
        errors: Those among them that are wrong.
    """

    levels: NDArray[np.float64]
    sizes: NDArray[np.float64]
    errors: NDArray[np.float64]


def abstention_threshold(
    confidence: NDArray[np.float64], correct: NDArray[np.bool_], max_error_share: float
) -> float | None:
    """The threshold of `prove_abstention`, of rows that each are an entity; None if it has none."""
    return prove_abstention(confidence, correct, max_error_share).threshold


def prove_abstention(
    confidence: NDArray[np.float64],
    correct: NDArray[np.bool_],
    max_error_share: float,
    codes: NDArray[np.int64] | None = None,
) -> AbstentionProof:
    """The lowest confidence from which on answers are wrong at most as often as requested.

    This holds with probability `GUARANTEE`. Each threshold is a hypothesis, "from here on answers
    err more often", with the exact binomial p-value of the errors above it. They are tested one
    after the other, from the surest rows on ("Learn then Test", Angelopoulos et al. 2021, section
    2.3), in chains that begin at a few numbers of rows. Only a chain's begin is paid for: it gets
    an equal share of the risk, and goes on with it for as long as it rejects, also into the next
    chain, whose share it then adds (the fallback procedure of Wiens & Dmitrienko 2005). One chain
    alone would be stopped by one error among the surest rows.

    Independent rows are counted. Rows of one entity may be wrong together, so k rows count as k /
    (1 + ρ (m - 1)) (Kish 1965, section 8.2), with m the mean number of answered rows that a row's
    entity has, and ρ the intraclass correlation of errors.

    Args:
        confidence: (n,) probability of the predicted class on validation.
        correct: (n,) whether the prediction is true.
        max_error_share: Requested, in (0, 1).
        codes: (n,) int64 entity of each row; None if each row is its own.
    """
    entities = np.arange(len(correct)) if codes is None else codes
    ranking = _rank(confidence, ~correct, entities)
    fewest = _rows_needed(max_error_share, _RISK)
    largest = float(ranking.sizes.max(initial=0.0))
    starts = _chain_starts(largest, max_error_share)
    found = _last_rejected(ranking, starts, max_error_share)
    reason = "" if found is not None else "too many errors"
    return AbstentionProof(
        threshold=found,
        reason="too few rows" if largest < fewest else reason,
        independent_rows=largest,
        rows_needed=fewest,
        looks=len(starts),
    )


def count_independent(wrong: NDArray[np.bool_], codes: NDArray[np.int64]) -> float:
    """The number of independent rows that would tell as much about an error share.

    Args:
        wrong: (n,) whether the prediction is false.
        codes: (n,) int64 entity of each row.
    """
    sizes = np.bincount(codes)
    mean_size = float((sizes**2).sum()) / len(wrong)
    return len(wrong) / (1.0 + _resemblance(wrong, codes) * (mean_size - 1.0))


def _rank(
    confidence: NDArray[np.float64], wrong: NDArray[np.bool_], codes: NDArray[np.int64]
) -> _Ranking:
    order = np.argsort(-confidence, kind="stable")
    levels = confidence[order]
    rows = np.arange(1, len(order) + 1)
    # Σ m², the number of pairs of rows of one entity, grows by 2 (earlier rows) + 1 with each row.
    mean_size = np.cumsum(2 * _earlier_rows(codes[order]) + 1) / rows
    effect = 1.0 + _resemblance(wrong, codes) * (mean_size - 1.0)
    sizes = rows / effect
    errors = np.cumsum(wrong[order]) / effect
    # Rows that tie are answered together.
    is_last = np.append(levels[1:] != levels[:-1], np.ones(min(1, len(levels)), dtype=np.bool_))
    return _Ranking(levels[is_last], sizes[is_last], errors[is_last])


def _earlier_rows(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many rows of the same entity stand before each row."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    earlier = np.empty(len(codes), dtype=np.int64)
    earlier[order] = np.arange(len(codes)) - np.searchsorted(ordered, ordered)
    return earlier


def _resemblance(wrong: NDArray[np.bool_], codes: NDArray[np.int64]) -> float:
    """The intraclass correlation ρ of errors, by analysis of variance (Donner 1986, eq. 2.1).

    One more entity is imagined that is wrong throughout, so that rows without an error do not pass
    for independent: without any, ρ is 1 and entities are counted.
    """
    sizes = np.bincount(codes)
    sizes = sizes[sizes > 0]
    if len(sizes) == len(codes):
        return 0.0
    imagined = float(sizes.mean())
    errors = np.bincount(codes, weights=wrong)[np.unique(codes)]
    sizes = np.append(sizes, imagined)
    errors = np.append(errors, imagined)
    total = sizes.sum()
    share = errors.sum() / total
    deviations = errors / sizes - share
    between = float((sizes * deviations**2).sum()) / (len(sizes) - 1)
    within = float((errors * (1.0 - errors / sizes)).sum()) / (total - len(sizes))
    usual = (total - (sizes**2).sum() / total) / (len(sizes) - 1)
    resemblance = (between - within) / (between + (usual - 1.0) * within)
    return float(min(max(resemblance, 0.0), 1.0))


def _rows_needed(max_error_share: float, risk: float) -> int:
    """The fewest rows without an error that prove the share: (1 - share)^n <= risk."""
    return math.ceil(math.log(risk) / math.log1p(-max_error_share))


def _chain_starts(largest: float, max_error_share: float) -> NDArray[np.float64]:
    """Numbers of independent rows at which chains begin, evenly spaced on a logarithmic scale.

    The first is the smallest that can prove anything at its share of the risk, the last all rows.
    Where rows are fewer than twice what a single chain needs, there is only the first; each further
    doubling adds one.
    """
    doublings = math.log2(max(largest / _rows_needed(max_error_share, _RISK), 1.0))
    chains = 1 if doublings < 1.0 else min(int(doublings) + 2, _MOST_CHAINS)
    first = _rows_needed(max_error_share, _RISK / chains)
    return np.geomspace(first, max(largest, first), chains)


def _last_rejected(
    ranking: _Ranking, starts: NDArray[np.float64], max_error_share: float
) -> float | None:
    """The lowest threshold whose hypothesis is rejected, by the fallback procedure."""
    # P(at most x errors among n) where each errs with the requested share, also of fractions.
    p_values = np.asarray(
        beta.sf(max_error_share, ranking.errors + 1.0, ranking.sizes - ranking.errors)
    )
    grown = np.maximum.accumulate(ranking.sizes)
    begun = np.searchsorted(starts, grown + 1e-9, side="right")  # chains that have begun by then
    shares = np.diff(begun, prepend=0) * (_RISK / len(starts))
    found = None
    carried = 0.0
    for level, p_value, share in zip(ranking.levels, p_values, shares, strict=True):
        budget = carried + share
        carried = budget if p_value <= budget else 0.0
        found = float(level) if carried > 0.0 else found
    return found
