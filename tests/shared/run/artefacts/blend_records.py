"""Records of what was deployed, as the train stage leaves them."""

from __future__ import annotations

from typing import Any

from shared.run.artefacts.blend_file import BlendRecord
from shared.statistics.intervals import Estimate

__all__ = ["blend_record"]


def blend_record(**changes: Any) -> BlendRecord:
    """The network alone, because there is nothing else."""
    facts: dict[str, Any] = {
        "setting": "auto",
        "deployed": "network",
        "weight": 1.0,
        "floor": None,
        "reason": "there is no baseline to compare with",
        "loss": "cross-entropy, nats",
        "n": 40,
        "num_entities": 40,
        "unit": "entity",
        "confidence": 0.95,
        "losses": {"network": Estimate(value=0.5, ci_low=0.4, ci_high=0.6)},
        "weights": (),
        "steps": (),
    }
    return BlendRecord(**{**facts, **changes})
