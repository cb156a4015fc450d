"""One attribute's groups: a chart, a table of values and gaps, and parity between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.evaluation.claims import Promise
from shared.formatting import (
    count_of,
    format_count,
    format_difference,
    format_level,
    format_plain,
    humanise,
)
from shared.reporting.cells import DASH, TONES, difference_cell, value_cell
from shared.reporting.drawing.dots import DotFigure, interval_figure
from shared.reporting.page import Cell, Row, Table, Tone, make_table
from shared.run.artefacts.fairness.rates import CriterionRecord, DifferenceRecord, RateRecord
from shared.run.artefacts.fairness.record import (
    AssessmentRecord,
    FairnessRecord,
    FamilyRecord,
    GroupRecord,
    ReferenceRecord,
)
from shared.statistics.intervals import Estimate, Interval

__all__ = [
    "comparison_table",
    "groups_chart",
    "groups_table",
    "metric_label",
    "parity_tables",
    "reliability_tables",
]

_LABELS = {"error": "Error rate"}


def metric_label(metric: str) -> str:
    """A metric of the fairness stage in words."""
    return _LABELS.get(metric, humanise(metric))


def groups_chart(entry: AssessmentRecord, record: FairnessRecord, unit: str) -> DotFigure:
    """The metric of each group with its interval."""
    name = humanise(entry.attribute, capital=False)
    in_unit = "%" if unit == "share" else unit
    level = format_level(record.confidence)
    title = f"{metric_label(record.metric)} by {name}, {in_unit}; {level} intervals"
    measured = [(one.group, one.n, one.metrics.get(record.metric)) for one in entry.groups]
    return interval_figure(title, measured, unit=unit)


def groups_table(
    entry: AssessmentRecord,
    record: FairnessRecord,
    units: Mapping[str, str],
    *,
    limit: int | None = None,
) -> Table:
    """Value, gap to the rest and further metrics of each group.

    Args:
        entry: One attribute, or pair of attributes, of `fairness.json`.
        record: All of `fairness.json`.
        units: Metric -> unit.
        limit: Most groups that are listed, those with the highest error first; None for all, in
            their own order.
    """
    metric = record.metric
    groups = entry.groups
    has_mix = any(group.case_mix_gap is not None for group in groups)
    columns = ["Group", "#n", f"#{metric_label(metric)} ({units[metric]})", "#Gap to the rest"]
    columns += ["#Gap at equal class shares"] if has_mix else []
    others = [name for name in units if name != metric]
    columns += [f"#{metric_label(name)} ({units[name]})" for name in others]
    name = humanise(entry.attribute, capital=False)
    caption = f"Groups of {name}, {format_level(record.confidence)} intervals below"
    listed: Sequence[GroupRecord] = groups
    if limit is not None and len(groups) > limit:
        listed = _worst_first(groups, metric)[:limit]
        caption += f"; the {limit} of {len(groups)} whose error is surely highest"
    rows = [
        _group_row(group, metric, units, has_mix, is_found=_is_found(entry)) for group in listed
    ]
    return make_table(caption, columns, rows)


def comparison_table(
    entry: AssessmentRecord, record: FairnessRecord, units: Mapping[str, str]
) -> list[Table]:
    """Each group against the rest and against the reference, as differences and as ratios.

    None where nothing is compared.
    """
    metric = record.metric
    reference = entry.reference
    compared = [group for group in entry.groups if group.gaps]
    if not compared or reference is None:
        return []
    columns = [
        "Group",
        "#Gap to the rest",
        "#Ratio to the rest",
        "#Gap to the reference",
        "#Ratio to it",
    ]
    rows = [
        _comparison_row(
            group,
            metric,
            units[metric],
            reference=reference.group,
            is_found=_is_found(entry),
        )
        for group in compared
    ]
    against = "the rest and against the reference"
    caption = f"{metric_label(metric)} against {against} ({_describe_reference(reference)})"
    return [make_table(caption, columns, rows)]


def _comparison_row(
    group: GroupRecord, metric: str, unit: str, *, reference: str | None, is_found: bool
) -> Row:
    to_rest = _gap_cell(group.gaps.get(metric), unit, is_found=is_found)
    ratio_to_rest = _ratio_cell(group.ratios.get(metric), is_found=is_found)
    if group.group == reference:
        is_reference = Cell("is the reference", tone="muted")
        return [group.group, to_rest, ratio_to_rest, is_reference, DASH]
    to_reference = _gap_cell(group.reference_gaps.get(metric), unit, is_found=is_found)
    ratio = _ratio_cell(group.reference_ratios.get(metric), is_found=is_found)
    return [group.group, to_rest, ratio_to_rest, to_reference, ratio]


def _describe_reference(reference: ReferenceRecord) -> str:
    if reference.group is None:
        return "none"
    how = "as named" if reference.is_named else "the largest group"
    return f"{reference.group}, {how}"


def reliability_tables(entry: AssessmentRecord) -> list[Table]:
    """The calibration error of each group; none where there are no classes or no groups."""
    rows: list[Row] = [
        [item.group, format_count(item.n), value_cell(item.ece, "share")]
        for item in entry.reliability
    ]
    if not rows:
        return []
    name = humanise(entry.attribute, capital=False)
    caption = f"Calibration error by {name}, over five bins of equal mass within each group"
    return [make_table(caption, ["Group", "#n", "#Calibration error"], rows)]


def parity_tables(entry: AssessmentRecord, family: FamilyRecord) -> list[Table]:
    """How far groups are apart in what each criterion compares, and whether that is chance.

    None where there is nothing to compare.

    Args:
        entry: One attribute, or pair of attributes, of `fairness.json`.
        family: Size and level of the family of tests.
    """
    rows = [_parity_row(item, entry.rates, family.alpha) for item in entry.parity]
    if not rows:
        return []
    name = humanise(entry.attribute, capital=False)
    tests = count_of(family.parity_size, "test", "tests")
    caption = (
        f"Parity between groups of {name}: the largest difference of all that have rows; tested by"
        f" permutation where rows are enough (Holm over {tests})"
    )
    columns = ["Criterion", "#Largest difference", "Where", "#Adjusted p", "#Rates compared"]
    return [make_table(caption, columns, rows)]


def _parity_row(item: CriterionRecord, rates: Sequence[RateRecord], alpha: float) -> Row:
    name = item.criterion.capitalize()
    compared = f"{item.num_compared} of {item.num_rates}"
    largest = item.largest
    if largest is None:
        return [name, DASH, Cell("not enough data", tone="muted"), DASH, compared]
    rate = humanise(largest.metric)
    if largest.of_class:
        rate += f" of {largest.of_class}"
    lowest = f"lowest {_end(largest, rates, largest.lowest)}"
    highest = f"highest {_end(largest, rates, largest.highest)}"
    where = Cell(rate, f"{lowest}, {highest}")
    difference = format_difference(largest.difference, "share").removeprefix("+")
    return [name, difference, where, _test_cell(item, alpha), compared]


def _end(largest: DifferenceRecord, rates: Sequence[RateRecord], group: str) -> str:
    """A group with the rows behind its rate: 8 of 18 says more than 44 %."""
    of_what = (largest.metric, largest.of_class, group)
    for rate in rates:
        if (rate.metric, rate.of_class, rate.group) == of_what and rate.estimate is not None:
            untested = ", not tested" if rate.not_tested else ""
            return f"{group} ({_counts(rate.estimate, rate.n)}{untested})"
    return group


def _counts(share: Estimate, n: int) -> str:
    hits = (share.value or 0.0) * n
    if abs(hits - round(hits)) > 1e-6:
        return f"n = {format_count(n)}"
    return f"{format_count(round(hits))} of {format_count(n)}"


def _test_cell(item: CriterionRecord, alpha: float) -> Cell:
    test = item.test
    if test is None:
        return Cell("–", item.reason, "muted")
    is_found = test.p_adjusted is not None and test.p_adjusted <= alpha
    tone: Tone = "bad" if is_found else ""
    return Cell(format_plain(test.p_adjusted, 2), f"raw {format_plain(test.p_value, 2)}", tone)


def _worst_first(groups: Sequence[GroupRecord], metric: str) -> list[GroupRecord]:
    """By what the error is at least, so that one row that is wrong does not come first."""

    def rank(group: GroupRecord) -> tuple[float, float]:
        found = group.metrics.get(metric)
        return (0.0, 0.0) if found is None else (-(found.ci_low or 0.0), -(found.value or 0.0))

    return sorted(groups, key=rank)


def _is_found(entry: AssessmentRecord) -> bool:
    """Whether the attribute's test found a gap: without it, no single gap is coloured."""
    return entry.verdict == "gap found"


def _group_row(
    group: GroupRecord,
    metric: str,
    units: Mapping[str, str],
    has_mix: bool,
    *,
    is_found: bool,
) -> Row:
    size = Cell(format_count(group.n), count_of(group.num_entities, "entity", "entities"))
    if group.suppressed:
        label = Cell(group.group, group.reason)
        not_judged = Cell("not enough data", tone="muted")
        return [label, size, not_judged, *[DASH] * (len(units) + has_mix)]
    values = group.metrics
    label = Cell(group.group, f"not tested: {group.not_tested}" if group.not_tested else "")
    row: list[str | Cell] = [label, size, _value_cell(values.get(metric), group, units[metric])]
    row += [_gap_cell(group.gaps.get(metric), units[metric], is_found=is_found)]
    if has_mix:
        row += [_gap_cell(group.case_mix_gap, units[metric], is_found=is_found)]
    row += [value_cell(values.get(name), unit) for name, unit in units.items() if name != metric]
    return row


def _value_cell(found: Estimate | None, group: GroupRecord, unit: str) -> Cell:
    """Of a small group also in counts."""
    cell = value_cell(found, unit)
    if found is None or found.value is None or not group.not_tested or unit != "share":
        return cell
    return Cell(cell.text, f"{_counts(found, group.n)}, {cell.note}")


def _ratio_cell(found: Estimate | None, *, is_found: bool) -> Cell:
    if found is None or found.value is None:
        return DASH
    value = f"× {format_plain(found.value, 3)}"
    interval = found.interval
    if interval is None:
        return Cell(value, found.note)
    ends = f"{format_plain(interval.low, 3)} to {format_plain(interval.high, 3)}"
    return Cell(value, ends, _tone(interval, Promise(high=1.0), is_found=is_found))


def _gap_cell(found: Estimate | None, unit: str, *, is_found: bool) -> Cell:
    """Marked where a gap was found, and the whole interval lies above 0."""
    if found is None or found.value is None:
        return DASH
    tone = _tone(found.interval, Promise(high=0.0), is_found=is_found)
    return difference_cell(found, unit, tone)


def _tone(interval: Interval | None, promise: Promise, *, is_found: bool) -> Tone:
    is_worse = promise.judge(interval) == "contradicted"
    return TONES["contradicted"] if is_found and is_worse else ""
