"""Which test rows a person asks about: by id, the worst, confident mistakes, any, or a group's."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples
from shared.errors import UserError
from shared.targets import Categories, Horizon, Target
from shared.targets.predictions import Predictions

__all__ = ["choose_by_id", "choose_by_rule"]

_RULES = ("worst", "confident_mistakes", "random")
_GROUP = "group:"


def choose_by_id(examples: Examples, ids: Sequence[str]) -> NDArray[np.int64]:
    """Places of the examples with these ids, in the order of asking.

    Raises:
        UserError: One is not in the test part.
    """
    places = {str(name): place for place, name in enumerate(examples.ids)}
    unknown = [name for name in ids if name not in places]
    if unknown:
        alike = difflib.get_close_matches(unknown[0], list(places), n=3, cutoff=0.0)
        raise UserError(
            f"--ids {unknown[0]}: no row of the test part has this id; it has"
            f" {len(places)}, such as {', '.join(alike)}."
        )
    return np.array([places[name] for name in ids], dtype=np.int64)


def choose_by_rule(
    rule: str,
    examples: Examples,
    predictions: Predictions,
    target: Target,
    *,
    count: int,
    seed: int,
) -> NDArray[np.int64]:
    """Places of at most `count` examples.

    Args:
        rule: "worst": least probability for the true class, or largest error in units of the
            series. "confident_mistakes": most probability for a wrongly decided class. "random".
            "group:attribute=value": some of that group.
        examples: The test part.
        predictions: Calibrated scores of the examples, in their order.
        target: As the deployed model decides for it.
        count: How many, at least 1.
        seed: Of what is drawn.

    Raises:
        UserError: There is no such rule, attribute or group, or no row that it finds.
    """
    if rule.startswith(_GROUP):
        return _some(_of_group(examples, rule.removeprefix(_GROUP)), count, seed)
    if rule == "worst":
        return _first(_errors(target, predictions), count)
    if rule == "confident_mistakes":
        return _confident_mistakes(target, predictions, count)
    if rule == "random":
        return _some(np.arange(len(examples)), count, seed)
    raise UserError(
        f"--rows {rule}: expected {', '.join(_RULES)} or {_GROUP}attribute=value, such as"
        f" {_GROUP}{_some_group(examples)}."
    )


def _of_group(examples: Examples, named: str) -> NDArray[np.int64]:
    attribute, _, value = named.partition("=")
    groups = examples.groups
    if attribute not in groups.columns:
        known = ", ".join(map(str, groups.columns)) or "none"
        raise UserError(
            f"--rows {_GROUP}{named}: the data has no attribute {attribute!r}, but: {known}."
        )
    places = np.flatnonzero(groups[attribute].to_numpy() == value)
    if not len(places):
        known = ", ".join(sorted(map(str, groups[attribute].unique())))
        raise UserError(
            f"--rows {_GROUP}{named}: no test row is of this group. {attribute} has: {known}."
        )
    return np.asarray(places, dtype=np.int64)


def _some_group(examples: Examples) -> str:
    for attribute in examples.groups.columns:
        return f"{attribute}={examples.groups[attribute].iloc[0]}"
    return "sex=female"


def _errors(target: Target, predictions: Predictions) -> NDArray[np.float64]:
    """How wrong each row is, (n,); -inf where nothing was observed."""
    match target:
        case Categories():
            shares = target.probabilities(predictions.scores)
            return np.asarray(-shares[np.arange(len(shares)), predictions.targets])
        case Horizon():
            sizes = np.abs(target.standardised_residuals(predictions))
            observed = np.isfinite(sizes)
            sums = np.where(observed, sizes, 0.0).sum(axis=(1, 2))
            counts = observed.sum(axis=(1, 2))
            return np.where(counts > 0, sums / np.maximum(counts, 1), -np.inf)
        case _:
            assert_never(target)


def _confident_mistakes(target: Target, predictions: Predictions, count: int) -> NDArray[np.int64]:
    if not isinstance(target, Categories):
        raise UserError(
            "--rows confident_mistakes: forecasts decide for no class. Use --rows worst."
        )
    decided = target.decide(predictions.scores)
    confidence = target.probabilities(predictions.scores)[np.arange(len(decided)), decided]
    is_wrong = decided != predictions.targets
    if not is_wrong.any():
        raise UserError(f"--rows confident_mistakes: all {len(decided)} test rows are right.")
    return _first(np.where(is_wrong, confidence, -np.inf), min(count, int(is_wrong.sum())))


def _first(sizes: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Places of the largest, largest first."""
    return np.asarray(np.argsort(-sizes, kind="stable")[:count], dtype=np.int64)


def _some(places: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """At most `count` places, drawn, in their order."""
    if len(places) <= count:
        return places
    drawn = np.random.default_rng([seed, len(places)]).choice(places, count, replace=False)
    return np.sort(drawn).astype(np.int64)
