"""Where a difference between groups of people enters, as sentences and the tables behind them."""

from __future__ import annotations

from collections.abc import Sequence

from shared.formatting import (
    format_count,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.artefacts import SPLITS
from shared.reporting.cells import difference_cell, interval_of, value_cell
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.run.artefacts.fairness.rates import RateRecord, SplitShareRecord, StepRecord
from shared.run.artefacts.fairness.record import AttributeRecord

__all__ = ["gap_sources_sentences", "gap_sources_tables"]

_STEPS = {
    "labels": "Labels in the data",
    "ranking": "Ranking by the model",
    "confidence": "Confidence",
    "decisions": "Decisions",
}


_FOUND_NOWHERE = (
    "The errors differ, but these tests do not show at which step: each asks a question of its own,"
    " adjusted for all of them. That is no sign that the gap is none."
)


def gap_sources_sentences(entry: AttributeRecord) -> list[tuple[str, str, Tone]]:
    """For each step its name, what is known in one sentence, and its tone.

    None where no step was tested.
    """
    steps = [] if entry.gap_sources is None else entry.gap_sources.steps
    said: list[tuple[str, str, Tone]] = [
        (_STEPS[step.step], step.sentence, "warn" if step.differs else "") for step in steps
    ]
    if steps and entry.verdict == "gap found" and not any(step.differs for step in steps):
        said.insert(0, ("All steps", _FOUND_NOWHERE, "warn"))
    return said


def gap_sources_tables(entry: AttributeRecord) -> list[Table]:
    """Shares of the splits, and the rates of each step by group; none where no step was tested."""
    gap_sources = entry.gap_sources
    if gap_sources is None:
        return []
    tables = [_representation(entry.attribute, gap_sources.representation)]
    return tables + [_rates(entry.attribute, step) for step in gap_sources.steps if step.rates]


def _representation(attribute: str, shares: Sequence[SplitShareRecord]) -> Table:
    groups = list(dict.fromkeys(share.group for share in shares))
    found = {(share.group, share.split): share for share in shares}
    rows: list[Row] = [
        [group, *(_share_cell(found.get((group, split))) for split in SPLITS)] for group in groups
    ]
    name = humanise(attribute, capital=False)
    caption = f"Representation: share of each group of {name} in the splits"
    return make_table(caption, ["Group", *(f"#{split}" for split in SPLITS)], rows)


def _share_cell(share: SplitShareRecord | None) -> Cell:
    if share is None:
        return Cell("none", tone="muted")
    note = f"n = {format_count(share.n)}, {interval_of(share, 'share')}"
    return Cell(format_value(share.value, "share"), note)


def _rates(attribute: str, step: StepRecord) -> Table:
    """Groups down, classes (or what else is compared) across."""
    columns = list(dict.fromkeys((rate.metric, rate.of_class) for rate in step.rates))
    groups = list(dict.fromkeys(rate.group for rate in step.rates))
    found = {(rate.group, rate.metric, rate.of_class): rate for rate in step.rates}
    rows: list[Row] = [
        [group, *(_rate_cell(found.get((group, *column))) for column in columns)]
        for group in groups
    ]
    titles = [
        f"#{humanise(metric)}" + (f" of {of_class}" if of_class else "")
        for metric, of_class in columns
    ]
    return make_table(
        f"{_STEPS[step.step]} by {humanise(attribute, capital=False)}", ["Group", *titles], rows
    )


def _rate_cell(rate: RateRecord | None) -> Cell:
    if rate is None or rate.estimate is None:
        return Cell("–", "" if rate is None else rate.reason, "muted")
    found = rate.estimate
    if rate.metric == "auc":
        low = found.ci_low
        high = found.ci_high
        interval = "" if low is None else f"{format_plain(low, 3)} to {format_plain(high, 3)}"
        return _with_size(Cell(format_plain(found.value, 3), interval), rate)
    if rate.metric in ("calibration_gap", "selection_excess"):
        return _with_size(difference_cell(found, "share"), rate)
    return _with_size(value_cell(found, "share"), rate)


def _with_size(cell: Cell, rate: RateRecord) -> Cell:
    """A cell of too few rows to be tested says how many they are."""
    if not rate.not_tested:
        return cell
    return Cell(cell.text, f"{cell.note}; n = {format_count(rate.n)}, not tested")
