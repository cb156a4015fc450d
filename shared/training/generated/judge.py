"""How real generated rows are, how various, and whether they give training rows away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples, GeneratedRows, Rows, Splits
from shared.run.artefacts.data.synthetic import Fidelity, SyntheticClass
from shared.statistics.intervals import Estimate, wilson_interval
from shared.targets import Categories
from shared.training.generated.nearness import COPY_RATIO, copy_ratios, fidelity, nearest

__all__ = ["Judgement", "judge"]

_MOST_ROWS = 2000
"""Of a crowd: distances grow with its square, and a share of 2,000 is known to two points."""
_CHUNK_ROWS = 256


@dataclass(frozen=True)
class Judgement:
    """What was measured.

    Attributes:
        ratios: (n,) of the generated rows.
        nearest_ids: (n,) the training row that each is nearest to.
        fidelity: Of all together.
    """

    ratios: NDArray[np.float64]
    nearest_ids: NDArray[np.str_]
    fidelity: Fidelity

    @property
    def num_copies(self) -> int:
        """Generated rows that are too near to a training row."""
        return int((self.ratios < COPY_RATIO).sum())


def judge(
    generated: GeneratedRows, splits: Splits, target: Categories, confidence: float
) -> Judgement:
    """Compare generated rows with the training split; validation says what real rows reach.

    Args:
        generated: The rows.
        splits: Recorded ones; of the test split nothing is read.
        target: Its classes.
        confidence: Of the intervals.
    """
    train = splits.train
    of_made = _each(generated.examples, generated.compared)
    of_train = _each(train, generated.compared)
    ratios = copy_ratios(of_made, of_train)
    of_recorded = _real_ratios(train, of_train)
    fidelity = Fidelity(
        classes=_classes(target, train, generated.examples, ratios),
        copies=_share(ratios < COPY_RATIO, confidence),
        copies_in_training=_share(of_recorded < COPY_RATIO, confidence),
        **_crowds(generated, splits, confidence),
    )
    return Judgement(ratios, train.ids[nearest(of_made, of_train)], fidelity)


def _crowds(generated: GeneratedRows, splits: Splits, confidence: float) -> dict[str, Estimate]:
    """Precision and recall, among recorded rows of the classes that rows were made of."""
    wanted = np.unique(generated.examples.targets)
    crowds = [
        _each(_some(part, wanted), generated.described)
        for part in (generated.examples, splits.train, splits.val)
    ]
    scale = crowds[1].std(axis=0)
    scale[scale == 0.0] = 1.0
    made, train, val = [crowd / scale for crowd in crowds]
    return {
        "precision": _within(made, train, confidence),
        "precision_of_validation": _within(val, train, confidence),
        "recall": _within(train, made, confidence),
        "recall_of_validation": _within(train, val, confidence),
    }


def _within(of: NDArray[np.float32], among: NDArray[np.float32], confidence: float) -> Estimate:
    try:
        return _share(fidelity(of, among), confidence)
    except ValueError as error:
        return Estimate(value=None, note=f"not enough data: {error}")


def _some(examples: Examples, classes: NDArray[np.int64]) -> Examples:
    rows = np.flatnonzero(np.isin(examples.targets, classes))
    if len(rows) > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(len(rows)).choice(rows, _MOST_ROWS, replace=False))
    return examples.take(rows)


def _real_ratios(train: Examples, of_train: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of training rows beside those of other entities: near-copies that the data has anyway."""
    rows = np.arange(len(train))
    if len(rows) > _MOST_ROWS // 4:
        rows = np.random.default_rng(len(rows)).choice(rows, _MOST_ROWS // 4, replace=False)
    same = train.entities[rows][:, None] == train.entities[None, :]
    return copy_ratios(of_train[rows], of_train, same=same)


def _classes(
    target: Categories, train: Examples, made: Examples, ratios: NDArray[np.float64]
) -> tuple[SyntheticClass, ...]:
    is_copy = ratios < COPY_RATIO
    return tuple(
        SyntheticClass(
            name=name,
            num_real=int((train.targets == index).sum()),
            num_synthetic=int((made.targets == index).sum()),
            num_copies=int(is_copy[made.targets == index].sum()),
        )
        for index, name in enumerate(target.names)
    )


def _share(is_so: NDArray[np.bool_], confidence: float) -> Estimate:
    if not len(is_so):
        return Estimate(value=None, note="no rows")
    share = float(is_so.mean())
    interval = wilson_interval(share, len(is_so), confidence)
    return Estimate.of(share, interval, f"of {len(is_so)} rows")


def _each(
    examples: Examples, measure: Callable[[Rows], NDArray[np.float32]]
) -> NDArray[np.float32]:
    rows = np.arange(len(examples))
    chunks = [rows[start : start + _CHUNK_ROWS] for start in range(0, len(rows), _CHUNK_ROWS)]
    found = [measure(examples.rows(chunk)) for chunk in chunks]
    return np.concatenate(found) if found else np.empty((0, 1), np.float32)
