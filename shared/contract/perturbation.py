"""Named changes of rows, under which the model is tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from shared.contract.sources import Rows
from shared.targets.predictions import Scores

__all__ = ["Perturbation"]


@dataclass(frozen=True)
class Perturbation:
    """A named change of decoded rows.

    The predict stage scores the changed rows, so that robustness is only a table afterwards.

    Attributes:
        kind: "corruption" (how much worse does it get, by severity), "counterfactual" (a change
            that should not matter), or "ood" (each row is replaced by an out-of-distribution
            input, to which no answer is right: the model should only notice it).
        describe: One sentence for the report.
        severities: Increasing, from 1; a counterfactual and an OOD input have the single severity
            1.
        apply: (rows, severity, generator) -> rows of the same shapes and dtypes.
        restore: Counterfactuals that an answer must follow, such as another unit: scores (n,
            *target.shape) of changed rows -> scores in the terms of the unchanged ones; None where
            the answer must stay as it is.
    """

    kind: Literal["corruption", "counterfactual", "ood"]
    describe: str
    severities: tuple[int, ...]
    apply: Callable[[Rows, int, np.random.Generator], Rows]
    restore: Callable[[Scores], Scores] | None = None
