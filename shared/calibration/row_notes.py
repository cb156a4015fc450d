"""What validation has too few rows for, said by name: sets and the OOD rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shared.calibration.conformal import rows_needed
from shared.config import CalibrateConfig
from shared.run.artefacts.calibration_file import CalibrationNote
from shared.targets import Categories
from shared.targets.ood import OodRule

__all__ = ["describe_ood_rows", "describe_set_rows"]


def describe_set_rows(
    config: CalibrateConfig, target: Categories, targets: NDArray[np.int64]
) -> tuple[CalibrationNote, ...]:
    """The classes that are in every conformal set, because no threshold has the coverage.

    Args:
        config: Coverage, and whether it holds within each class.
        target: The kind of target.
        targets: (n,) true classes of validation.
    """
    needed = rows_needed(config.set_coverage)
    coverage = f"{config.set_coverage:.0%} nominal coverage needs at least {needed} validation rows"
    if config.sets_by == "all":
        if len(targets) >= needed:
            return ()
        sentence = (
            f"Every conformal set holds all classes: {coverage}, and there are {len(targets)}."
        )
        return (CalibrationNote(kind="too few rows", sentence=sentence),)
    counts = np.bincount(targets, minlength=len(target.names)).tolist()
    short = [
        f"{name!r} ({count})"
        for name, count in zip(target.names, counts, strict=True)
        if count < needed
    ]
    if not short:
        return ()
    sentence = (
        f"Every conformal set holds these classes: {', '.join(short)}. Within a class, {coverage}."
    )
    return (CalibrationNote(kind="too few rows", sentence=sentence),)


def describe_ood_rows(rule: OodRule | None) -> tuple[CalibrationNote, ...]:
    """Why a threshold of the OOD score is only the largest score of validation."""
    needed = 0 if rule is None else rows_needed(rule.in_distribution_share)
    if rule is None or rule.n >= needed:
        return ()
    sentence = (
        f"A row is called out-of-distribution only beyond the largest score of {rule.n} validation"
        f" rows: to pass {rule.in_distribution_share:.0%} of usual rows needs at least {needed}."
    )
    return (CalibrationNote(kind="too few rows", sentence=sentence),)
