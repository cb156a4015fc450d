"""Ways to close a gap: other decisions from the same scores, for those who may use the group at decision time, or another training.

Each mitigation after training is fitted on training counts or on the validation split. None of these
changes the deployed graph: a client would have to send the group, and whether it may is a question
of law, not of statistics. What was trained otherwise (`trained_mitigations.py`) needs no group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from fairlearn.postprocessing import ThresholdOptimizer
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from shared.targets import Categories

__all__ = [
    "STRENGTHS",
    "GroupedScores",
    "Mitigation",
    "adjust_logits",
    "mitigations",
    "optimise_thresholds",
]

STRENGTHS = (0.25, 0.5, 0.75, 1.0)
"""Of the logit adjustment; 1 removes what a group's class shares tell."""

_PSEUDO_ROWS = 1.0
"""Added to each class of each group, so that an unseen class has a logarithm."""


@dataclass(frozen=True)
class GroupedScores:
    """A part with the group of each row.

    Attributes:
        scores: (n, classes) calibrated logits.
        targets: (n,) true classes.
        labels: (n,) str.
    """

    scores: NDArray[np.float32]
    targets: NDArray[np.int64]
    labels: NDArray[np.str_]


@dataclass(frozen=True)
class Mitigation:
    """Other decisions for the same rows.

    Attributes:
        method: Its name.
        strength: Of the adjustment; None where it has none.
        val: (n,) decided classes on validation.
        test: (n,) decided classes on test.
        needs_group: Whether whoever decides must know the group.
    """

    method: str
    strength: float | None
    val: NDArray[np.int64]
    test: NDArray[np.int64]
    needs_group: bool


def mitigations(
    target: Categories,
    counts: dict[str, NDArray[np.int64]],
    val: GroupedScores,
    test: GroupedScores,
    seed: int,
) -> list[Mitigation]:
    """The decisions as deployed, and under every mitigation after training that this target allows.

    Args:
        target: The kind of target.
        counts: Group -> (classes,) rows of each class in training.
        val: Validation split.
        test: Test split.
        seed: Of the randomised thresholds.
    """
    found = [
        Mitigation(
            "as deployed",
            None,
            target.decide(val.scores),
            target.decide(test.scores),
            needs_group=False,
        )
    ]
    for strength in STRENGTHS:
        adjusted = [
            target.decide(adjust_logits(part.scores, part.labels, counts, strength))
            for part in (val, test)
        ]
        found.append(
            Mitigation(
                "logit adjustment by group", strength, adjusted[0], adjusted[1], needs_group=True
            )
        )
    if len(target.names) == 2:
        found.append(
            Mitigation(
                "thresholds by group",
                None,
                *optimise_thresholds(target, val, test, seed),
                needs_group=True,
            )
        )
    return found


def adjust_logits(
    scores: NDArray[np.float32],
    labels: NDArray[np.str_],
    counts: dict[str, NDArray[np.int64]],
    strength: float,
) -> NDArray[np.float32]:
    """Take from each logit what the group's class shares in training tell, and give what those of all rows tell.

    Menon et al. 2021, eq. 9, for the shares of a group in place of those of the data. Rows of a
    group that training lacks stay.
    """
    total = _shares(np.sum(list(counts.values()), axis=0))
    adjusted = scores.astype(np.float64)
    for group, rows in counts.items():
        adjusted[labels == group] += strength * (np.log(total) - np.log(_shares(rows)))
    return adjusted.astype(np.float32)


def optimise_thresholds(
    target: Categories, val: GroupedScores, test: GroupedScores, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Randomised thresholds for each group that equalise the odds on validation (Hardt, Price & Srebro 2016, section 4), by fairlearn.

    Groups that validation lacks are decided as deployed.
    """
    optimiser = ThresholdOptimizer(
        estimator=_Stated(),
        constraints="equalized_odds",
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict_proba",
    )
    known = {
        group
        for group in np.unique(val.labels).tolist()
        if len(np.unique(val.targets[val.labels == group])) == 2
    }
    fitted_on = np.isin(val.labels, sorted(known))
    probabilities = target.probabilities(val.scores[fitted_on])[:, 1:]
    optimiser.fit(probabilities, val.targets[fitted_on], sensitive_features=val.labels[fitted_on])
    decided = []
    for part in (val, test):
        decisions, chosen = target.decide(part.scores), np.isin(part.labels, sorted(known))
        stated = target.probabilities(part.scores[chosen])[:, 1:]
        if chosen.any():
            decisions[chosen] = optimiser.predict(
                stated, sensitive_features=part.labels[chosen], random_state=seed
            )
        decided.append(decisions)
    return decided[0], decided[1]


def _shares(rows: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray((rows + _PSEUDO_ROWS) / (rows + _PSEUDO_ROWS).sum())


class _Stated(ClassifierMixin, BaseEstimator):
    """A classifier whose probabilities are its inputs.

    Fairlearn wants to ask a model, and the model has spoken already.
    """

    classes_ = np.array([0, 1])

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, inputs: NDArray[np.float64], targets: NDArray[np.int64]) -> _Stated:
        """Nothing is fitted."""
        return self

    def predict_proba(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 1) probabilities of the second class -> (n, 2) of both."""
        return np.concatenate([1.0 - inputs, inputs], axis=1)
