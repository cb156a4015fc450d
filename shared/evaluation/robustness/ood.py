"""How well OOD detectors tell changed and out-of-distribution inputs from unchanged ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Perturbation
from shared.statistics.bootstrap import (
    Resampling,
    Statistic,
    entity_codes,
    entity_sums,
    estimate_each,
    estimates,
)
from shared.statistics.delong import area_estimate, ranked_area
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic
from shared.statistics.number import estimate_fields
from shared.targets import Target
from shared.targets.ood import OodRule, ood_score, ood_scores
from shared.targets.predictions import Predictions

__all__ = ["IN_DISTRIBUTION_SHARE", "OodEvaluation", "passed_share"]

IN_DISTRIBUTION_SHARE = 0.95
"""Share of unchanged rows that pass where the share of changed ones that pass too is stated (Liang
et al. 2018, section 4.2)."""


@dataclass(frozen=True)
class OodEvaluation:
    """What a model's detectors notice.

    Attributes:
        target: The kind of target.
        rule: The deployed rule; None if there is none.
        clean: Raw scores of the test split.
        by_deployed: (n,) bool: its rows that the deployed model tests; of a cross-validation, those
            of the first fold.
        resampling: Of entities; a row and its changed twin are drawn together.
    """

    target: Target
    rule: OodRule | None
    clean: Predictions
    by_deployed: NDArray[np.bool_]
    resampling: Resampling

    def document(
        self,
        perturbed: Mapping[tuple[str, int], Predictions],
        perturbations: Mapping[str, Perturbation],
    ) -> dict[str, Any]:
        """The deployed `rule`, the share of unchanged rows that it `flagged`, and an entry per perturbation and severity; ready for JSON.

        An entry holds for each of its `detectors` `auroc`, the probability that a changed row looks
        stranger than an unchanged one (0.5: blind, 1: sees every one; DeLong's interval by entity),
        and `fpr_at_95_tpr`, the share of changed rows that pass as familiar where 95 % of the
        unchanged ones do (bootstrap); and the share of changed rows that the deployed rule
        `flagged`.

        Args:
            perturbed: (perturbation, severity) -> raw scores of some rows of the test split, changed.
            perturbations: The pipeline's perturbations by name.
        """
        entries = []
        place = {identifier: row for row, identifier in enumerate(self.clean.ids.tolist())}
        for (name, severity), scored in perturbed.items():
            # A forecast that nothing can be compared with is in no table.
            changed = scored.take(
                np.flatnonzero([identifier in place for identifier in scored.ids.tolist()])
            )
            rows = np.array(
                [place[identifier] for identifier in changed.ids.tolist()], dtype=np.int64
            )
            entry = {
                "perturbation": name,
                "severity": severity,
                "kind": perturbations[name].kind,
                "describe": perturbations[name].describe,
            }
            entry |= {"n": len(changed), "num_entities": len(np.unique(changed.entities))}
            entry["detectors"] = self._detectors(self.clean.take(rows), changed)
            entries.append(entry | {"flagged": self._flagged(changed, self.by_deployed[rows])})
        rule = None if self.rule is None else self.rule.model_dump(mode="json")
        return {
            "rule": rule,
            "flagged": self._flagged(self.clean, self.by_deployed),
            "perturbations": entries,
        }

    def _flagged(
        self, predictions: Predictions, by_deployed: NDArray[np.bool_]
    ) -> dict[str, Any] | None:
        if self.rule is None:
            return None
        judged = predictions.take(np.flatnonzero(by_deployed))
        codes, num_entities = entity_codes(judged.entities)
        flags = (ood_score(self.rule.score, judged) > self.rule.threshold).astype(np.float64)
        statistic = mean_statistic(
            [Measure("flagged", num_entities, 0.0, 1.0)], flags[:, None], codes, num_entities
        )
        return {
            "n": len(judged),
            **estimate_fields(estimates([statistic], num_entities, self.resampling)["flagged"]),
        }

    def _detectors(self, unchanged: Predictions, changed: Predictions) -> dict[str, dict[str, Any]]:
        codes, num_entities = entity_codes(np.concatenate([unchanged.entities, changed.entities]))
        is_changed = np.arange(2 * len(changed)) >= len(changed)
        before, after = (
            ood_scores(self.target, predictions) for predictions in (unchanged, changed)
        )
        scores = {name: np.concatenate([before[name], after[name]]) for name in before}
        known = {
            name: values
            for name, values in scores.items()
            if len(values) and np.isfinite(values).all()
        }
        areas = {
            name: ranked_area(is_changed, values, codes, num_entities)
            for name, values in known.items()
        }
        statistics = {
            name: _passing(values, is_changed, codes, num_entities)
            for name, values in known.items()
        }
        passed = estimate_each(statistics, num_entities, self.resampling) if statistics else {}
        found = {
            name: {
                "auroc": area_estimate(area, self.resampling.confidence),
                "fpr_at_95_tpr": passed[name]["fpr_at_95_tpr"],
            }
            for name, area in areas.items()
        }
        unknown = dict.fromkeys(
            ("auroc", "fpr_at_95_tpr"),
            Estimate(math.nan, None, "The model gave scores that are not finite."),
        )
        return {
            name: {key: estimate_fields(value) for key, value in found.get(name, unknown).items()}
            for name in scores
        }


def _passing(
    scores: NDArray[np.float64],
    is_changed: NDArray[np.bool_],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Statistic:
    passed = passed_share(scores, is_changed, codes, num_entities)
    return Statistic(
        (Measure("fpr_at_95_tpr", num_entities, 0.0, 1.0),),
        lambda weights: passed(weights)[None, :],
    )


def passed_share(
    scores: NDArray[np.float64],
    is_changed: NDArray[np.bool_],
    codes: NDArray[np.int64],
    num_entities: int,
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The share of changed rows whose score is at most the one that `IN_DISTRIBUTION_SHARE` of the unchanged rows do not exceed.

    Args:
        scores: (n,) float64, larger is stranger.
        is_changed: (n,) bool.
        codes: (n,) int64 entity of each row.
        num_entities: Number of entities.

    Returns:
        A function of weights (entities, resamples), giving (resamples,) in [0, 1]; NaN where one
        side has no weight.
    """
    levels, level_of_unchanged = np.unique(scores[~is_changed], return_inverse=True)
    # A changed row passes at level k if its score is not above it.
    lowest_level = np.searchsorted(levels, scores[is_changed], side="left")
    unchanged = entity_sums(
        codes[~is_changed],
        num_entities,
        level_of_unchanged,
        np.ones(len(level_of_unchanged)),
        len(levels),
    )
    changed = entity_sums(
        codes[is_changed], num_entities, lowest_level, np.ones(len(lowest_level)), len(levels) + 1
    )

    def evaluate(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        below = np.cumsum(unchanged @ weights, axis=0)  # (levels, resamples)
        passing = np.cumsum(changed @ weights, axis=0)
        # Rounding must not ask for one row more than the share.
        threshold = (below >= IN_DISTRIBUTION_SHARE * below[-1] - 1e-9).argmax(axis=0)
        total = passing[-1]
        share = passing[threshold, np.arange(weights.shape[1])] / np.where(total > 0, total, 1.0)
        return np.where((total > 0) & (below[-1] > 0), share, np.nan)

    return evaluate
