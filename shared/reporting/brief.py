"""The first layer of the report: whether to use the model, and why, on one or two pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from shared.formatting import count_of, format_count
from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Fact, Tone
from shared.run.artefacts.report.brief import Brief, Decision, Facts
from shared.run.artefacts.report.record import ReportRecord
from shared.run.artefacts.report.verdict import Status, Verdict
from shared.verdicts.thresholds import MARKS

__all__ = ["BriefView", "CheckedRow", "gather_facts", "view_brief"]

TONE_OF_STATUS: Mapping[Status, Tone] = MappingProxyType(
    {"shown": "good", "care": "warn", "unknown": "muted", "contradicted": "bad"}
)
"""How a verdict is coloured, beside its mark."""

_STATUS_OF_DECISION: Mapping[Decision, Status] = MappingProxyType(
    {"use it": "shown", "use it with care": "care", "not yet": "contradicted"}
)
_NOT_STATED = "not stated"


@dataclass(frozen=True)
class CheckedRow:
    """A verdict with its mark and tone."""

    verdict: Verdict
    mark: str
    tone: Tone

    @classmethod
    def of(cls, verdict: Verdict) -> CheckedRow:
        """The row of a verdict."""
        return cls(verdict, MARKS[verdict.status], TONE_OF_STATUS[verdict.status])


@dataclass(frozen=True)
class BriefView:
    """The brief as the template lays it out.

    Attributes:
        brief: In words.
        decision: With a capital.
        mark: Of the decision.
        tone: Likewise.
        rows: The checklist.
        facts: What a reader must know besides.
    """

    brief: Brief
    decision: str
    mark: str
    tone: Tone
    rows: tuple[CheckedRow, ...]
    facts: tuple[Fact, ...]


def view_brief(record: ReportRecord) -> BriefView:
    """Lay out the first layer of a report."""
    brief = record.brief
    status = _STATUS_OF_DECISION[brief.decision]
    return BriefView(
        brief=brief,
        decision=brief.decision.capitalize(),
        mark=MARKS[status],
        tone=TONE_OF_STATUS[status],
        rows=tuple(map(CheckedRow.of, record.verdicts)),
        facts=_list_facts(record.facts),
    )


def gather_facts(artefacts: Artefacts) -> Facts:
    """What a reader must know of a run besides its numbers."""
    provenance = artefacts.data.provenance
    sheet = artefacts.data.datasheet
    content = sheet.content.kind if sheet.kind == "categories" else "series"
    metrics = artefacts.metrics
    environment = artefacts.environment
    seed = artefacts.settings.train.seed
    return Facts(
        **asdict(artefacts.purpose),
        data=provenance.name,
        synthetic=provenance.synthetic,
        licence=provenance.licence,
        citation=provenance.citation,
        content=content,
        n=metrics.n,
        num_entities=metrics.num_entities,
        begun=environment.begun,
        commit=environment.git_revision,
        seed=seed,
    )


def _list_facts(facts: Facts) -> tuple[Fact, ...]:
    data = f"{facts.data}, generated" if facts.synthetic else facts.data
    entities = count_of(facts.num_entities, "entity", "entities")
    shown = {
        "For": facts.intended or _NOT_STATED,
        "Not for": facts.not_for or _NOT_STATED,
        "Affects": facts.affected or _NOT_STATED,
        "Data": data,
        "Tested on": f"n = {format_count(facts.n)} of {entities}",
        "Licence of the data": facts.licence,
    }
    run = Fact("Run", facts.begun, note=f"commit {facts.commit}")
    return (*(Fact(label, value) for label, value in shown.items()), run)
