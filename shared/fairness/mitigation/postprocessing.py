"""Ways to close a gap after training: other predictions from the same scores.

Each is fitted on training counts or on the validation split. None of these changes the deployed
graph: a client would have to send the group, and whether it may is a question of law, not of
statistics. Mitigations while training (`trained_decisions.py`) need no group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from fairlearn.postprocessing import ThresholdOptimizer
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = [
    "STRENGTHS",
    "GroupedScores",
    "Mitigation",
    "adjust_logits",
    "optimise_thresholds",
    "postprocessing_mitigations",
]

STRENGTHS = (0.25, 0.5, 0.75, 1.0)
"""Of the logit adjustment; 1 removes what a group's class shares tell."""

_PSEUDO_ROWS = 1.0
"""Added to each class of each group, so that an unseen class has a logarithm."""


@dataclass(frozen=True)
class GroupedScores:
    """A split with the group of each row.

    Attributes:
        scores: (n, classes) calibrated logits.
        targets: (n,) true classes.
        labels: (n,) str.
    """

    scores: NDArray[np.float32]
    targets: NDArray[np.int64]
    labels: NDArray[np.str_]

    @classmethod
    def of(cls, predictions: Predictions, labels: NDArray[np.str_]) -> GroupedScores:
        """Calibrated predictions, and the group of each of their rows."""
        return cls(predictions.scores, predictions.targets, labels)


@dataclass(frozen=True)
class Mitigation:
    """Other predictions for the same rows.

    Attributes:
        method: Its name.
        strength: Of the adjustment; None where it has none.
        val: (n,) int64 predicted classes on validation.
        test: (n,) int64 predicted classes on test.
        needs_group: Whether the group must be known to predict.
    """

    method: str
    strength: float | None
    val: NDArray[np.int64]
    test: NDArray[np.int64]
    needs_group: bool


def postprocessing_mitigations(
    target: Categories,
    counts: dict[str, NDArray[np.int64]],
    val: GroupedScores,
    test: GroupedScores,
    seed: int,
) -> list[Mitigation]:
    """The predictions as deployed, and under every postprocessing that this target allows.

    Args:
        target: The kind of target.
        counts: Group -> (classes,) rows of each class in training.
        val: Validation split.
        test: Test split.
        seed: Of the randomised thresholds.
    """
    deployed = Mitigation(
        method="as deployed",
        strength=None,
        val=target.decide(val.scores),
        test=target.decide(test.scores),
        needs_group=False,
    )
    adjusted = [_logit_adjustment(target, counts, val, test, strength) for strength in STRENGTHS]
    if len(target.names) != 2:
        return [deployed, *adjusted]
    of_val, of_test = optimise_thresholds(target, val, test, seed)
    thresholds = Mitigation("thresholds by group", None, of_val, of_test, needs_group=True)
    return [deployed, *adjusted, thresholds]


def adjust_logits(
    scores: NDArray[np.float32],
    labels: NDArray[np.str_],
    counts: dict[str, NDArray[np.int64]],
    strength: float,
) -> NDArray[np.float32]:
    """Put the class shares of all training rows in the place of the group's own.

    z_c + τ (log π_c - log π_gc): Menon et al. 2021, eq. 9, where π_c is the share of class c in
    training, π_gc that within group g, and τ the strength. Rows of a group that training lacks
    stay.

    Args:
        scores: (n, classes) float32 logits z.
        labels: (n,) str groups.
        counts: Group -> (classes,) rows of each class in training.
        strength: τ, in [0, 1].
    """
    total = _shares(np.sum(list(counts.values()), axis=0))
    adjusted = scores.astype(np.float64)
    for group, rows in counts.items():
        adjusted[labels == group] += strength * (np.log(total) - np.log(_shares(rows)))
    return adjusted.astype(np.float32)


def optimise_thresholds(
    target: Categories, val: GroupedScores, test: GroupedScores, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Randomised thresholds for each group that equalise the odds on validation, by fairlearn.

    Hardt, Price & Srebro 2016, section 4. Groups that validation lacks are predicted as deployed.

    Returns:
        (n,) int64 predicted classes on validation, and on test.
    """
    optimiser = ThresholdOptimizer(
        estimator=_GivenProbabilities(),
        constraints="equalized_odds",
        objective="balanced_accuracy_score",
        prefit=True,
        predict_method="predict_proba",
    )
    with_both_classes = [
        group
        for group in np.unique(val.labels).tolist()
        if len(np.unique(val.targets[val.labels == group])) == 2
    ]
    fitted_on = np.isin(val.labels, with_both_classes)
    probabilities = target.probabilities(val.scores[fitted_on])[:, 1:]
    optimiser.fit(probabilities, val.targets[fitted_on], sensitive_features=val.labels[fitted_on])
    predicted = []
    for split in (val, test):
        of_split = target.decide(split.scores)
        is_fitted = np.isin(split.labels, with_both_classes)
        if is_fitted.any():
            of_split[is_fitted] = optimiser.predict(
                target.probabilities(split.scores[is_fitted])[:, 1:],
                sensitive_features=split.labels[is_fitted],
                random_state=seed,
            )
        predicted.append(of_split)
    return predicted[0], predicted[1]


def _logit_adjustment(
    target: Categories,
    counts: dict[str, NDArray[np.int64]],
    val: GroupedScores,
    test: GroupedScores,
    strength: float,
) -> Mitigation:
    of_val = adjust_logits(val.scores, val.labels, counts, strength)
    of_test = adjust_logits(test.scores, test.labels, counts, strength)
    return Mitigation(
        method="logit adjustment by group",
        strength=strength,
        val=target.decide(of_val),
        test=target.decide(of_test),
        needs_group=True,
    )


def _shares(rows: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray((rows + _PSEUDO_ROWS) / (rows + _PSEUDO_ROWS).sum())


class _GivenProbabilities(ClassifierMixin, BaseEstimator):
    """A classifier whose probabilities are its inputs.

    Fairlearn wants a model to ask, and the model's answers are known already.
    """

    classes_ = np.array([0, 1])

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, inputs: NDArray[np.float64], targets: NDArray[np.int64]) -> _GivenProbabilities:
        """Nothing is fitted."""
        return self

    def predict_proba(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 1) probabilities of the second class -> (n, 2) of both."""
        return np.concatenate([1.0 - inputs, inputs], axis=1)
