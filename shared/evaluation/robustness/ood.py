"""How well OOD detectors tell changed and out-of-distribution inputs from unchanged ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contract import Perturbation
from shared.run.artefacts.metrics.robustness_entries import (
    Detection,
    FlaggedShare,
    OodEntry,
    OodTable,
)
from shared.statistics.areas import area_estimate, ranked_area
from shared.statistics.bootstrap import (
    Resampling,
    Statistic,
    entity_codes,
    entity_sums,
    estimate_each,
    estimates,
)
from shared.statistics.intervals import Estimate, Measure
from shared.statistics.means import mean_statistic
from shared.targets import Target
from shared.targets.ood import OodRule, ood_score, ood_scores
from shared.targets.predictions import Predictions

__all__ = ["IN_DISTRIBUTION_SHARE", "OodEvaluation", "passed_share"]

IN_DISTRIBUTION_SHARE = 0.95
"""Share of unchanged rows that pass where the share of changed ones that pass too is stated (Liang
et al. 2018, section 4.2)."""


_NOT_FINITE = Estimate(value=None, note="The model gave scores that are not finite.")
_UNKNOWN = Detection(auroc=_NOT_FINITE, fpr_at_95_tpr=_NOT_FINITE)


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

    def table(
        self,
        perturbed: Mapping[tuple[str, int], Predictions],
        perturbations: Mapping[str, Perturbation],
    ) -> OodTable:
        """How well each OOD score tells, and how many rows the deployed rule flags.

        The area under the ROC curve has DeLong's interval by entity, all else the bootstrap's.

        Args:
            perturbed: (perturbation, severity) -> raw scores of some rows of the test split,
                changed.
            perturbations: The pipeline's perturbations by name.
        """
        place = {identifier: row for row, identifier in enumerate(self.clean.ids.tolist())}
        entries = []
        for (name, severity), scored in perturbed.items():
            # A forecast that nothing can be compared with is in no table.
            known = [identifier in place for identifier in scored.ids.tolist()]
            changed = scored.take(np.flatnonzero(known))
            rows = np.array([place[name] for name in changed.ids.tolist()], dtype=np.int64)
            entry = OodEntry(
                perturbation=name,
                severity=severity,
                kind=perturbations[name].kind,
                describe=perturbations[name].describe,
                n=len(changed),
                num_entities=len(np.unique(changed.entities)),
                detectors=self._detectors(self.clean.take(rows), changed),
                flagged=self._flagged(changed, self.by_deployed[rows]),
            )
            entries.append(entry)
        flagged = self._flagged(self.clean, self.by_deployed)
        return OodTable(rule=self.rule, flagged=flagged, perturbations=tuple(entries))

    def _flagged(
        self, predictions: Predictions, by_deployed: NDArray[np.bool_]
    ) -> FlaggedShare | None:
        if self.rule is None:
            return None
        judged = predictions.take(np.flatnonzero(by_deployed))
        codes, num_entities = entity_codes(judged.entities)
        flags = (~(ood_score(self.rule.score, judged) <= self.rule.threshold)).astype(np.float64)
        measure = Measure("flagged", num_entities, 0.0, 1.0)
        statistic = mean_statistic([measure], flags[:, None], codes, num_entities)
        found = estimates([statistic], num_entities, self.resampling)["flagged"]
        return FlaggedShare(**dict(found), n=len(judged))

    def _detectors(self, unchanged: Predictions, changed: Predictions) -> dict[str, Detection]:
        codes, num_entities = entity_codes(np.concatenate([unchanged.entities, changed.entities]))
        is_changed = np.arange(2 * len(changed)) >= len(changed)
        before = ood_scores(self.target, unchanged)
        after = ood_scores(self.target, changed)
        scores = {name: np.concatenate([before[name], after[name]]) for name in before}
        known = {
            name: values
            for name, values in scores.items()
            if len(values) and np.isfinite(values).all()
        }
        statistics = {
            name: _passing(values, is_changed, codes, num_entities)
            for name, values in known.items()
        }
        passed = estimate_each(statistics, num_entities, self.resampling) if statistics else {}
        found = dict.fromkeys(scores, _UNKNOWN)
        for name, values in known.items():
            area = ranked_area(is_changed, values, codes, num_entities)
            found[name] = Detection(
                auroc=area_estimate(area, self.resampling.confidence),
                fpr_at_95_tpr=passed[name]["fpr_at_95_tpr"],
            )
        return found


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
    """The share of changed rows that pass where `IN_DISTRIBUTION_SHARE` of the unchanged ones do.

    Args:
        scores: (n,) float64, larger is less like training.
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
