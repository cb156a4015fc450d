"""What draws of few labels reach on the same test rows, as a curve with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from shared.block import Block
from shared.targets.predictions import Predictions

__all__ = ["Curves", "Draw", "Point", "mean_of_draws"]

_RESAMPLES = 1000
_CONFIDENCE = 0.95


class Point(Block):
    """Balanced accuracy at one fraction.

    Attributes:
        model: "network", "floor", or "pretrained".
        fraction: `train.label_fraction`.
        rows: Training rows, mean over draws.
        value: Mean over draws.
        low: Lower end of its interval.
        high: Upper end.
        draws: How many.
    """

    model: str
    fraction: float
    rows: float
    value: float
    low: float
    high: float
    draws: int


class Curves(Block):
    """All curves of one data set.

    Attributes:
        name: Of the preset.
        command: That made them.
        test_rows: On which all are judged.
        points: Of all models and fractions.
    """

    folder: ClassVar[str] = "runs/few_labels"

    name: str
    command: str
    test_rows: int
    points: tuple[Point, ...]


class Draw(Block):
    """One training, as far as a curve needs it.

    Attributes:
        rows: Training rows.
        is_right: (n,) of the test rows.
    """

    rows: int
    is_right: tuple[bool, ...]


def mean_of_draws(
    model: str, fraction: float, draws: Sequence[Draw], test: Predictions, *, seed: int = 0
) -> Point:
    """Mean balanced accuracy over draws, with an interval for both things that chance decides.

    Which labels are drawn: Student's t over draws. Which rows the test has, which all draws share:
    the bootstrap by entity of the mean over draws. The two are independent, so that the squares of
    their half widths add up.

    Args:
        model: What was trained.
        fraction: Of the labels.
        draws: At least two, of the same test rows.
        test: These rows: their classes and entities.
        seed: Of the resamples.
    """
    right = np.array([draw.is_right for draw in draws], dtype=np.float64)  # (draws, n)
    each = _balanced(right, test.targets, np.ones((1, len(test))))[:, 0]
    weights = _weights(test.entities, seed)
    resampled = _balanced(right, test.targets, weights).mean(axis=0)
    of_rows = float(norm.ppf(0.5 + _CONFIDENCE / 2.0) * np.nanstd(resampled, ddof=1))
    quantile = float(t.ppf(0.5 + _CONFIDENCE / 2.0, len(each) - 1))
    of_draws = quantile * float(each.std(ddof=1)) / len(each) ** 0.5
    reach = float(np.hypot(of_rows, of_draws))
    mean = float(each.mean())
    return Point(
        model=model,
        fraction=fraction,
        rows=float(np.mean([draw.rows for draw in draws])),
        value=mean,
        low=max(0.0, mean - reach),
        high=min(1.0, mean + reach),
        draws=len(draws),
    )


def _balanced(
    right: NDArray[np.float64], targets: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean recall over classes, (draws, resamples), rows weighted by (resamples, n)."""
    recalls = []
    for label in np.unique(targets):
        of_class = weights * (targets == label)
        recalls.append((right @ of_class.T) / np.maximum(of_class.sum(axis=1), 1e-12))
    return np.asarray(np.mean(recalls, axis=0))


def _weights(entities: NDArray[np.str_], seed: int) -> NDArray[np.float64]:
    """How often each row's entity was drawn, (resamples, n)."""
    _, codes = np.unique(entities, return_inverse=True)
    count = int(codes.max()) + 1
    generator = np.random.default_rng([seed, count])
    drawn = generator.multinomial(count, np.full(count, 1.0 / count), size=_RESAMPLES)
    return np.asarray(drawn[:, codes], dtype=np.float64)
