"""The records of a run that verdicts rest on."""

from __future__ import annotations

from dataclasses import dataclass

from shared.config import RunConfig
from shared.run.artefacts.data.record import DataRecord
from shared.run.artefacts.explanations.record import Explanations
from shared.run.artefacts.fairness.record import FairnessRecord
from shared.run.artefacts.metrics.metrics_file import Metrics
from shared.run.artefacts.parity_file import ParityRecord
from shared.targets import Target

__all__ = ["Findings", "metric_unit"]

_UNITS = {"error": "share"}


@dataclass(frozen=True)
class Findings:
    """What the stages found, parsed.

    Attributes:
        settings: The configuration, with the descriptions and defaults of its type.
        data: `data.json`.
        metrics: `metrics.json`.
        fairness: `fairness.json`.
        explanations: `explanations.json`.
        parity: `parity.json`.
    """

    settings: RunConfig
    data: DataRecord
    metrics: Metrics
    fairness: FairnessRecord
    explanations: Explanations
    parity: ParityRecord

    @property
    def target(self) -> Target:
        """What was predicted."""
        return self.data.target


def metric_unit(metric: str, findings: Findings) -> str:
    """The unit of a metric that the fairness stage compares."""
    known = findings.metrics.metrics.get(metric)
    return known.unit if known else _UNITS.get(metric, "score")
