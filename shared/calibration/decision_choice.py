"""Decision rules as validation would have them, and the one that the configuration asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.calibration.fit import entity_halves
from shared.calibration.operating_points import choose_operating_points
from shared.calibration.settings_check import find_screened_class
from shared.config import CalibrateConfig
from shared.config.setting_text import set_option
from shared.errors import DataError
from shared.run.artefacts.calibration_file import CalibrationNote
from shared.targets import Categories
from shared.targets.class_shares import prevalence_offsets
from shared.targets.decision import (
    DecisionRule,
    LowestCost,
    MostProbable,
    PriorAdjusted,
    Screening,
    decide,
)
from shared.targets.predictions import Predictions

__all__ = ["TAUS", "DecisionChoice", "choose_decision", "decision_without_validation"]

TAUS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Among which validation chooses: from the most probable class to where, were probabilities true,
balanced accuracy is best (Menon et al. 2021, section 3). More would only fit their errors."""

_FEW_ROWS = 10
"""Of a class: with fewer, its recall moves by a tenth or more with each."""


@dataclass(frozen=True)
class DecisionChoice:
    """What is deployed.

    Attributes:
        rule: That the configuration asks for.
        considered: It and all others that can be had, for comparison.
        decided: (n,) int64 class of each validation row, by the rule that the other half of the
            entities chooses; empty where none is chosen.
        notes: What validation could not bear.
    """

    rule: DecisionRule
    considered: tuple[DecisionRule, ...]
    decided: NDArray[np.int64]
    notes: tuple[CalibrationNote, ...] = ()


def choose_decision(
    config: CalibrateConfig,
    target: Categories,
    val: Predictions,
    trained: NDArray[np.float64],
    seed: int,
) -> DecisionChoice:
    """Choose τ and thresholds on validation, and the rule that is asked for.

    Args:
        config: What decisions are to serve.
        target: The kind of target.
        val: Calibrated scores of validation, finite, by maps that did not see their rows.
        trained: (classes,) shares in training.
        seed: Of the halves of entities.

    Raises:
        ConfigError: It is not said which class is screened for, or there is no such class.
        DataError: No threshold does what the operating point asks for.
    """
    screened = find_screened_class(config, target)

    def rules_of(rows: Predictions) -> list[DecisionRule]:
        return [
            MostProbable(),
            _balanced(rows, trained),
            *_lowest_cost(config, trained),
            *_screening(config, target, rows, screened),
        ]

    considered = rules_of(val)
    rule = _asked_for(config, considered)
    if rule is None:
        raise _nothing_met(config, target, screened)
    decided = _decide_by_other_half(config, val, rule, rules_of, seed)
    notes = _few_rows(target, val.targets) if config.decide_for == "balanced" else ()
    return DecisionChoice(rule, tuple(considered), decided, notes)


def decision_without_validation(
    config: CalibrateConfig, target: Categories, trained: NDArray[np.float64]
) -> DecisionChoice:
    """The rule for a cross-validation, where all rows are tested and none is left to choose by.

    The best balanced accuracy is then that of τ = 1, as if probabilities were true. A rule that
    needs a threshold is refused before (`require_fit`).
    """
    prior = tuple(trained.tolist())
    considered = [
        MostProbable(),
        PriorAdjusted(tau=1.0, prior=prior),
        *_lowest_cost(config, trained),
    ]
    rule = _asked_for(config, considered)
    if rule is None:
        raise ValueError(f"no rule for {config.decide_for}")
    return DecisionChoice(rule, tuple(considered), np.empty(0, dtype=np.int64))


def _balanced(val: Predictions, trained: NDArray[np.float64]) -> PriorAdjusted:
    """The smallest τ that falls short of the best balanced accuracy by at most a standard error.

    The one-standard-error rule (Breiman et al. 1984, section 3.4.3): each step of τ costs accuracy,
    so that one is not taken for a gain that validation can't tell from noise.
    """
    prior = tuple(trained.tolist())
    rules = [PriorAdjusted(tau=tau, prior=prior) for tau in TAUS]
    right = [decide(rule, val.scores) == val.targets for rule in rules]
    recalls = [_mean_recall(each, val.targets) for each in right]
    best = int(np.argmax(np.round(recalls, 9)))
    for rule, each in zip(rules, right, strict=True):
        loss = right[best].astype(np.float64) - each
        if _mean_recall(loss, val.targets) <= _standard_error(loss, val):
            return rule
    return rules[best]


def _mean_recall(values: NDArray[Any], targets: NDArray[np.int64]) -> float:
    """The mean over classes of the mean within a class, of those that occur."""
    return float(np.mean([values[targets == c].mean() for c in np.unique(targets)]))


def _standard_error(values: NDArray[np.float64], val: Predictions) -> float:
    """Of `_mean_recall`, over entities: their sums of deviations are independent (sandwich)."""
    classes, places = np.unique(val.targets, return_inverse=True)
    sizes = np.bincount(places)
    means = np.bincount(places, weights=values) / sizes
    influence = (values - means[places]) / (len(classes) * sizes[places])
    codes = np.unique(val.entities, return_inverse=True)[1]
    return float(np.sqrt((np.bincount(codes, weights=influence) ** 2).sum()))


def _lowest_cost(config: CalibrateConfig, trained: NDArray[np.float64]) -> list[DecisionRule]:
    if config.costs is None:
        return []
    offsets = np.zeros(len(trained))
    if config.deployment_prevalence is not None:
        offsets = prevalence_offsets(np.asarray(config.deployment_prevalence), trained)
    return [LowestCost(costs=config.costs, offsets=tuple(offsets.tolist()))]


def _screening(
    config: CalibrateConfig, target: Categories, val: Predictions, screened: int | None
) -> list[DecisionRule]:
    """A rule for each goal whose threshold finds any row of the class."""
    if screened is None:
        return []
    probabilities = target.probabilities(val.scores)
    points = choose_operating_points(probabilities, val.targets, (screened,), config)
    of_class = probabilities[val.targets == screened, screened]
    return [
        Screening(
            class_index=screened,
            goal=point.goal,
            requested=point.requested,
            threshold=point.threshold,
        )
        for point in points
        if point.threshold is not None and (of_class >= point.threshold).any()
    ]


def _asked_for(config: CalibrateConfig, considered: list[DecisionRule]) -> DecisionRule | None:
    return next((rule for rule in considered if rule.kind == config.decide_for), None)


def _nothing_met(config: CalibrateConfig, target: Categories, screened: int | None) -> DataError:
    name = target.names[screened or 0]
    if config.max_false_alarms_per_hour is None:
        cause = f"validation has no row of {name!r} to choose the threshold by"
        cure = "Use a larger data.validation_share"
    else:
        cause = (
            f"no threshold finds a validation row of {name!r} with at most"
            f" {config.max_false_alarms_per_hour:g} false alarms an hour"
        )
        cure = "Raise calibrate.max_false_alarms_per_hour"
    option = set_option("calibrate.decide_for", "most_probable")
    return DataError(
        f"calibrate.decide_for=operating_point: {cause}. {cure}, or decide otherwise: {option}"
    )


def _decide_by_other_half(
    config: CalibrateConfig,
    val: Predictions,
    rule: DecisionRule,
    rules_of: Callable[[Predictions], list[DecisionRule]],
    seed: int,
) -> NDArray[np.int64]:
    """As a row that the rule was not chosen on: what is proven of errors must hold for those."""
    decided = decide(rule, val.scores)
    halves = entity_halves(val.entities, seed)
    for half in (0, 1):
        inside = np.flatnonzero(halves == half)
        outside = np.flatnonzero(halves != half)
        if len(inside) and len(outside):
            other = _asked_for(config, rules_of(val.take(outside)))
            decided[inside] = decide(other or rule, val.scores[inside])
    return decided


def _few_rows(target: Categories, targets: NDArray[np.int64]) -> tuple[CalibrationNote, ...]:
    counts = np.bincount(targets, minlength=len(target.names)).tolist()
    named = zip(target.names, counts, strict=True)
    few = [f"{name!r} ({count})" for name, count in named if count < _FEW_ROWS]
    if not few:
        return ()
    sentence = (
        "How much decisions favour rare classes was chosen by balanced accuracy on few validation"
        f" rows of {', '.join(few)}: at least {_FEW_ROWS} of each class would tell more."
    )
    return (CalibrationNote(kind="too few rows", sentence=sentence),)
