"""The record of a look that found nothing, to be changed by each test."""

from __future__ import annotations

from typing import Any

from shared.run.artefacts.monitoring.record import BatchRecord, MonitorRecord

__all__ = ["batch_record", "empty_record"]


def batch_record(source: str) -> BatchRecord:
    """A batch of 360 rows, three of each entity."""
    counts = {"n": 360, "num_errors": 1, "num_entities": 120, "num_tested": 120}
    return BatchRecord(source=source, entities_known=True, **counts)


def empty_record(**changed: Any) -> MonitorRecord:
    """Fields that are not given say that nothing was found."""
    fields: dict[str, Any] = {
        "run": "runs/one",
        "title": "Invented",
        "synthetic": True,
        "made_at": "2026-01-01T00:00:00+00:00",
        "weights_sha256": "0" * 64,
        "alarm": False,
        "reasons": (),
        "level": 0.01,
        "confidence": 0.95,
        "batch": batch_record("new"),
        "reference": batch_record("test split"),
        "classifier": None,
        "sequence": None,
    }
    nothing: dict[str, Any] = dict.fromkeys(
        ("tests", "outcomes", "groups", "notes", "expected"), ()
    )
    return MonitorRecord(**(fields | nothing | changed))
