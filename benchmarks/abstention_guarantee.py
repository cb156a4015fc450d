"""How often the deployed rule of abstention errs more than was asked for, and how often it answers.

    python -m benchmarks.abstention_guarantee

Validation splits are drawn from populations whose error share above each confidence is known. A
promise is broken where a threshold was chosen above which the population errs more often than
requested. That may happen in 5 % of splits, whatever the population; the hardest is one where the
confidence says nothing and every answer errs just too often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.calibration.abstention import prove_abstention

__all__ = ["POPULATIONS", "Population", "main", "simulate"]

DRAWS = 2000
CASES = ((50, 0.1), (100, 0.05), (200, 0.05), (1000, 0.05))
"""Rows of validation, and the error share asked for; 50 rows can't prove 5 %."""
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """Rows with a confidence c, uniform in (0, 1).

    Attributes:
        errs: Confidence -> error probability, in units of the requested error share.
        rows_each: Rows of an entity.
        correlation: Of the errors of an entity's rows.
    """

    errs: Callable[[Shares], Shares]
    rows_each: int = 1
    correlation: float = 0.0

    def draw(
        self, generator: np.random.Generator, num_rows: int, requested: float
    ) -> tuple[Shares, NDArray[np.bool_], NDArray[np.int64]]:
        """Confidence, whether the prediction is true, and entity of each row."""
        confidence = generator.random(num_rows)
        codes = np.arange(num_rows) // self.rows_each
        # A row follows its entity's luck with the square root of the correlation, else its own.
        follows = generator.random(num_rows) < np.sqrt(self.correlation)
        luck = np.where(follows, generator.random(num_rows)[codes], generator.random(num_rows))
        return confidence, luck >= requested * self.errs(confidence), codes

    def errs_more_above(self, threshold: float) -> bool:
        """Whether the population errs more than requested among rows of this confidence or more."""
        return bool(self.errs(np.linspace(threshold, 1.0, 4001)).mean() > 1.0)


def _falls(confidence: Shares) -> Shares:
    return 6.0 * (1.0 - confidence) ** 2


def _falls_late(confidence: Shares) -> Shares:
    return np.where(confidence > 0.6, 0.2, 7.0)


def _says_nothing(confidence: Shares) -> Shares:
    return np.full(len(confidence), 1.002)


POPULATIONS = {
    "never errs": Population(lambda confidence: np.zeros(len(confidence))),
    "errors fall with confidence": Population(_falls),
    "errors fall, 5 rows an entity, ρ = 0.3": Population(_falls, 5, 0.3),
    "errors only below a confidence": Population(_falls_late),
    "errors only below, 5 rows an entity, ρ = 0.3": Population(_falls_late, 5, 0.3),
    "confidence says nothing": Population(_says_nothing),
    "nothing, 5 rows an entity, ρ = 0.1": Population(_says_nothing, 5, 0.1),
    "nothing, 5 rows an entity, ρ = 0.3": Population(_says_nothing, 5, 0.3),
    "nothing, 5 rows an entity, ρ = 1": Population(_says_nothing, 5, 1.0),
}


def simulate(
    population: Population, num_rows: int, requested: float, *, draws: int
) -> tuple[float, float]:
    """Shares of splits in which the promise is broken, and in which any row is answered."""
    generator = np.random.default_rng(num_rows)
    broken = 0
    answers = 0
    for _ in range(draws):
        confidence, correct, codes = population.draw(generator, num_rows, requested)
        threshold = prove_abstention(confidence, correct, requested, codes).threshold
        if threshold is not None:
            answers += 1
            broken += population.errs_more_above(threshold)
    return broken / draws, answers / draws


def main() -> None:
    """Print a table with one line a population: broken promises and splits with answers."""
    titles = [f"n = {num_rows:,}, {requested:.0%}" for num_rows, requested in CASES]
    print("| population | " + " | ".join(titles) + " |")
    print("|---|" + "---|" * len(CASES))
    for name, population in POPULATIONS.items():
        found = [simulate(population, *case, draws=DRAWS) for case in CASES]
        cells = [f"{broken:.1%} (answers in {answers:.0%})" for broken, answers in found]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
