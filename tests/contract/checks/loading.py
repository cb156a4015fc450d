"""The check on what lies between the source and a training step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.loading.batches.batching import Prepared, prepare, training_batches
from shared.loading.batches.prepared_cache import PreparedCache
from shared.run.progress import SilentProgress
from tests.contract.case import Case

__all__ = ["check_caches"]

_BATCH_SIZE = 7
"""Divides no chunk in which examples are prepared."""


def check_caches(case: Case) -> None:
    """Batches are the same, bit for bit, from memory, from the disk and straight from the source.

    True of any kernels, because preprocessing sees a row in the same place of a block of one size each time; a row that looks at
    its neighbours has others each time.
    """
    expected = _two_epochs(_prepared(case, "memory"))
    for place in ("disk", "source"):
        for name, values in _two_epochs(_prepared(case, place)).items():
            assert values.tobytes() == expected[name].tobytes(), (
                f"{name!r} is not the same from the {place} as from memory"
            )


def _prepared(case: Case, place: str) -> Prepared:
    part = prepare(
        case.splits.train,
        case.splits.target,
        case.decode,
        case.preprocess,
        cache_limit_mib=case.config.data.cache_limit_mib if place == "memory" else 0,
        progress=SilentProgress(),
        cache=(
            PreparedCache(case.folder / "check-caches", 2**30, place) if place == "disk" else None
        ),
    )
    assert part.place == place, (
        f"expected examples from the {place}, received them from the {part.place}"
    )
    return part


def _two_epochs(part: Prepared) -> dict[str, NDArray[Any]]:
    num_batches = 2 * (part.num_examples // _BATCH_SIZE)
    batches = [
        features
        for features, _ in training_batches(part, batch_size=_BATCH_SIZE, seed=0).take(num_batches)
    ]
    return {name: np.concatenate([batch[name].numpy() for batch in batches]) for name in batches[0]}
