"""The proof that an unusable item is refused, and that nobody beside it notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Rows
from shared.run.artefacts.parity_file import RefusalRecord
from shared.serving.refused_answers import ERROR
from shared.serving.saved_model import SavedModel

__all__ = ["measure_refusals", "refusal_faults"]

_NUM_ROWS = 3
_PLACE = 1
"""Where the unusable item stands among the good ones."""


def measure_refusals(
    saved: SavedModel, items: Mapping[str, Rows], wire: Rows, values: Mapping[str, Any]
) -> dict[str, RefusalRecord]:
    """Send each unusable item between good rows, and the same batch with a good one in its place.

    Args:
        saved: The reloaded SavedModel.
        items: Kind -> a wire batch of one item.
        wire: Good rows as a client sends them.
        values: What stands for the answer to a refused item.

    Returns:
        Kind -> what became of it.
    """
    good = {name: array[np.arange(_NUM_ROWS) % len(array)] for name, array in wire.items()}
    expected = {endpoint: saved(good, signature=endpoint) for endpoint in saved.endpoints}
    report = {}
    for kind, item in items.items():
        mixed = {name: _with_item(array, item[name]) for name, array in good.items()}
        faults = []
        for endpoint, answers in expected.items():
            received = saved(mixed, signature=endpoint)
            faults += [f"{endpoint}: {fault}" for fault in _faults(answers, received, values)]
        error = str(received[ERROR][_PLACE])
        report[kind] = RefusalRecord(error=error, fault="; ".join(faults))
    return report


def refusal_faults(report: Mapping[str, RefusalRecord]) -> list[str]:
    """What of `measure_refusals` must not be served, one sentence each."""
    return [
        f"the unusable item {kind!r}: {measured.fault}"
        for kind, measured in report.items()
        if measured.fault
    ]


def _with_item(good: NDArray[Any], item: NDArray[Any]) -> NDArray[Any]:
    mixed = good.astype(object) if good.dtype.kind in "OUS" else good.copy()
    mixed[_PLACE] = item[0]
    return mixed


def _faults(
    expected: Mapping[str, NDArray[Any]],
    received: Mapping[str, NDArray[Any]],
    values: Mapping[str, Any],
) -> list[str]:
    faults = []
    if not received[ERROR][_PLACE]:
        faults.append("it is answered instead of refused")
    for name, answers in received.items():
        others = np.arange(_NUM_ROWS) != _PLACE
        if not np.array_equal(answers[others], expected[name][others]):
            faults.append(f"{name!r} of its neighbours is not what it is without it")
        stands = np.full_like(answers[_PLACE], values.get(name))
        if name != ERROR and not np.array_equal(answers[_PLACE], stands):
            faults.append(f"{name!r} looks like an answer")
    return faults
