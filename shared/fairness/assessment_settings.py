"""How groups are compared: sizes, margins, levels and random streams."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.config import RunConfig
from shared.statistics.bootstrap import Resampling
from shared.statistics.permutations.permutation import PermutationPlan

__all__ = ["AssessmentSettings"]

_MIN_PERMUTATIONS = 999
"""The fewest for which a p-value of 0.001 is possible."""


@dataclass(frozen=True)
class AssessmentSettings:
    """What is asked of every attribute of a family.

    Attributes:
        min_group_size: Rows below which a number is shown, but takes no part in tests.
        permutations: Random arrangements of each permutation test.
        margin: ε: gaps below it do not matter; in the unit of the first metric.
        alpha: Level of each family of tests, in (0, 1).
        resampling: Of entities, for intervals.
        family_size: Attributes that are tested together; detectable gaps are those of tests at the
            level `alpha / family_size`.
        privacy_size: Rows below which a group gets no number, to protect its members; 0 for none.
    """

    min_group_size: int
    permutations: int
    margin: float
    alpha: float
    resampling: Resampling
    family_size: int = 1
    privacy_size: int = 0

    @classmethod
    def of_run(cls, config: RunConfig) -> AssessmentSettings:
        """What a run's configuration asks for, before attributes are divided into families."""
        settings = config.evaluate
        seed = (config.train.seed,)
        return cls(
            min_group_size=settings.min_group_size,
            permutations=max(_MIN_PERMUTATIONS, settings.resamples - 1),
            margin=float(settings.equivalence_margin),
            # Rounded, because 1 - 0.95 is 0.050000000000000044.
            alpha=round(1.0 - float(settings.confidence), 12),
            resampling=Resampling(settings.resamples, settings.confidence, seed),
            privacy_size=settings.privacy_group_size,
        )

    @property
    def plan(self) -> PermutationPlan:
        """Of a permutation test, on the same stream of random numbers as the resamples."""
        return PermutationPlan(self.permutations, self.alpha, self.resampling.seed)

    def of_stream(self, *numbers: int) -> AssessmentSettings:
        """The same settings with random numbers of their own."""
        seed = (*self.resampling.seed, *numbers)
        return replace(self, resampling=replace(self.resampling, seed=seed))
