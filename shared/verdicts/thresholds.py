"""The thresholds of verdicts that no setting of a run states.

Those that a run states are `evaluate.coverage_margin` (of coverage), `evaluate.equivalence_margin`
(of gaps, failing behaviour tests and losses to mild changes) and `calibrate.max_error_share` (of
answers).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.evaluation.claims import Claim, Promise
from shared.run.artefacts.report.verdict import Status

__all__ = ["FEW_ANSWERS", "MARKS", "MORE_THAN_NONE", "NOTICED", "RANK", "STATUS_OF_CLAIM"]

NOTICED = Promise(low=0.9)
"""Share of each kind of foreign input that must be flagged, surely."""

FEW_ANSWERS = 0.5
"""A model that answers fewer inputs leaves most of the work."""

MORE_THAN_NONE = 1e-12
"""A gain above this is one: what is exactly 0 is none."""

STATUS_OF_CLAIM: Mapping[Claim, Status] = MappingProxyType(
    {"shown": "shown", "not shown": "care", "contradicted": "contradicted"}
)

MARKS: Mapping[Status, str] = MappingProxyType(
    {"shown": "✓", "care": "!", "unknown": "?", "contradicted": "✗"}
)
"""Status -> its mark, always beside words."""

RANK: Mapping[Status, int] = MappingProxyType(
    {"shown": 0, "care": 1, "unknown": 2, "contradicted": 3}
)
"""Status -> how bad it is."""
