"""Small behaviour tests over numbered rows, whose scores a test chooses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shared.contract.behaviours import (
    Behaviour,
    BehaviourSuite,
    Direction,
    Expectation,
    Invariance,
    MinimumFunctionality,
)
from shared.targets import Target

__all__ = ["invented_suite", "invented_test"]


def invented_test(
    expectation: Expectation, cases: Sequence[str], *, capability: str = "counting", text: str = ""
) -> Behaviour:
    """A test whose rows are numbers from 0 on."""
    n = len(cases)
    texts = np.array([f"row {row}{text}" for row in range(n)])
    return Behaviour(
        capability,
        "Rows are numbers.",
        {"row": np.arange(n, dtype=np.float32)},
        texts,
        np.array(cases),
        expectation,
    )


def invented_suite(target: Target, text: str = "") -> BehaviourSuite:
    """One test of each kind, and one with fillers; `text` is put into every name."""
    num_classes = target.shape[-1]
    cases = [f"case {row // 4}" for row in range(32)]
    accepted = np.arange(32)[:, None] % num_classes == np.arange(num_classes)
    groups = {
        f"origin{text}": np.array(
            [f"{name}{text}" for name in ("north", "south", "east", "west")] * 8
        )
    }
    return BehaviourSuite(
        {
            "known_rows": invented_test(
                MinimumFunctionality(accepted), cases, capability=f"knowing{text}", text=text
            ),
            "changed_rows": invented_test(Invariance(watched=0), cases, text=text),
            "graded_rows": invented_test(
                Direction(np.zeros(32, dtype=np.int64), "rise", 0.05), cases, text=text
            ),
            "filled_rows": invented_test(
                Invariance(watched=0, fillers=groups), cases, capability="fairness", text=text
            ),
        },
        notes=(f"Rows are invented{text}.",),
    )
