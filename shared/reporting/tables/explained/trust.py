"""Whether explanations can be trusted: the verdict, and what it follows from."""

from __future__ import annotations

from collections.abc import Sequence

from shared.formatting import (
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.run.artefacts.explanations.checks import (
    Contest,
    MethodChecks,
    Removals,
    RemovalTested,
)
from shared.run.artefacts.explanations.record import Explanations
from shared.statistics.intervals import Estimate
from shared.verdicts.explanation_trust import ExplanationTrust, TrustStatus, judge_explanations

__all__ = ["trust_tables"]

_MAX_LISTED_CLASSES = 3
_TONES: dict[TrustStatus, Tone] = {"trust": "good", "use with care": "warn", "do not use": "bad"}


def trust_tables(record: Explanations) -> tuple[Table, ...]:
    """The verdict, and each test behind it that was made."""
    confidence = record.confidence
    trust = judge_explanations(record)
    made = (
        None if trust is None else _trust_table(trust),
        _contests_table(record.contests, confidence),
        _removals_table(record.removals, confidence),
        None if record.checks is None else _checks_table(record.checks, confidence),
    )
    return tuple(table for table in made if table is not None)


def _trust_table(verdict: ExplanationTrust) -> Table:
    """What each part of the verdict allows; the worst decides."""
    rows: list[Row] = [
        [part.name, part.found, Cell(part.status, tone=_TONES[part.status])]
        for part in verdict.parts
    ]
    caption = f"Verdict: {verdict.status}. The worst part decides"
    return make_table(caption, ["Part", "Found", "Allows"], rows)


def _contests_table(contests: Sequence[Contest], confidence: float) -> Table:
    """Explanations beside each comparator that never asks the model."""
    level = format_level(confidence)
    columns = [
        "Measure",
        "Against",
        "#Explanation",
        "#Comparator",
        f"#Lead ({level} interval)",
        "#n",
    ]
    caption = "Against what never asks the model, paired over examples; a lead above 0 is better"
    return make_table(caption, [*columns, "Better?"], [_contest_row(one) for one in contests])


def _contest_row(contest: Contest) -> Row:
    lead = contest.lead
    interval = format_difference_interval(lead.ci_low, lead.ci_high, "share")
    said, tone = _is_better(contest)
    against = "as many others" if contest.measure == "attention" else contest.against
    return [
        humanise(contest.measure),
        against,
        format_value(contest.explanation, "share"),
        format_value(contest.comparator, "share"),
        Cell(format_difference(lead.value, "share"), interval),
        format_count(contest.n),
        Cell(said, "hardest to beat" if contest.hardest else "", tone),
    ]


def _is_better(contest: Contest) -> tuple[str, Tone]:
    interval = contest.lead.interval
    if interval is not None and interval.low > 0.0:
        return "yes", "good"
    if interval is not None and interval.high < 0.0:
        return "no: worse", "bad"
    return "not shown", "warn"


def _removals_table(removals: Removals, confidence: float) -> Table:
    """What is predicted of rows of which everything is removed, in every way of removing."""
    is_class = any(one.decisions for one in removals.tested)
    distance = f"#From knowing nothing ({format_level(confidence)} interval)"
    columns = ["What shows instead", distance, *(["Then decided"] if is_class else [])]
    rows = [_removal_row(one, is_used=one is removals.used) for one in removals.tested]
    towards = "class shares of the training part" if is_class else "the series' mean, in its σ"
    caption = (
        f"What the model says when everything is removed, {format_count(removals.rows)} rows;"
        f" distance from {towards}"
    )
    return make_table(caption, columns, rows)


def _removal_row(removal: RemovalTested, *, is_used: bool) -> Row:
    name = Cell(humanise(removal.name), "used" if is_used else "")
    distance = removal.distance
    if not removal.decisions:
        return [name, _with_interval(distance)]
    interval = format_interval(distance.ci_low, distance.ci_high, "share")
    return [name, Cell(format_value(distance.value, "share"), interval), _decided(removal)]


def _decided(removal: RemovalTested) -> str:
    """The classes that emptied rows get, most frequent first."""
    shares = [f"{name} {format_value(share, 'share')}" for name, share in removal.decisions.items()]
    return ", ".join(shares[:_MAX_LISTED_CLASSES]) or "–"


def _checks_table(checks: MethodChecks, confidence: float) -> Table:
    """What explanations of the same rows keep when seeds, noise or weights change."""
    level = format_level(confidence)
    columns = ["Changed", "Explanations should", f"#Rank correlation ({level} interval)"]
    rows: list[Row] = [
        [
            humanise(one.change),
            "stay",
            _with_interval(one.correlation),
            _with_interval(one.sign_flips),
            format_count(one.n),
        ]
        for one in checks.stability
    ]
    rows += [
        [
            f"Shuffled weights: {one.part}",
            "change",
            _with_interval(one.correlation),
            "–",
            format_count(one.n),
        ]
        for one in checks.randomised
    ]
    caption = (
        f"Do they follow the model, and nothing else? {format_count(checks.rows)} rows explained"
        f" again, {format_count(checks.evaluations)} model evaluations"
    )
    return make_table(caption, [*columns, f"#Signs that flip ({level} interval)", "#n"], rows)


def _with_interval(estimate: Estimate) -> Cell:
    """A number about 1 or less, to two decimals."""
    interval = estimate.interval
    ends = f"{_decimals(interval.low)} to {_decimals(interval.high)}" if interval else "no interval"
    return Cell("–" if estimate.value is None else _decimals(estimate.value), ends)


def _decimals(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
