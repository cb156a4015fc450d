"""One attribute's groups: a chart, a table of values and gaps, and parity between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.reporting.charts.mark_charts import Mark, mark_chart
from shared.reporting.formatting import (
    count_of,
    format_count,
    format_difference,
    format_difference_interval,
    format_interval,
    format_level,
    format_plain,
    format_value,
    humanise,
)
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table

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


def groups_chart(entry: Mapping[str, Any], metric: str, unit: str, position: int) -> Chart:
    """The metric of each group with its interval; `position` makes its ids unique on the page."""
    estimates = [
        Mark(
            f"{group['group']} (n = {format_count(group['n'])})",
            *_ends(group["metrics"].get(metric)),
            group["n"],
        )
        for group in entry["groups"]
    ]
    title = f"{metric_label(metric)} by {humanise(entry['attribute'], capital=False)}"
    return mark_chart(title, estimates, unit=unit, prefix=f"group{position}-")


def groups_table(
    entry: Mapping[str, Any],
    record: Mapping[str, Any],
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
    metric, groups = record["metric"], entry["groups"]
    has_mix = any(group["case_mix_gap"] is not None for group in groups)
    listed = (
        groups if limit is None or len(groups) <= limit else _worst_first(groups, metric)[:limit]
    )
    others = [name for name in units if name != metric]
    columns = [
        "Group",
        "#n",
        f"#{metric_label(metric)} ({units[metric]})",
        "#Gap to the rest",
        *(["#Gap at equal class shares"] if has_mix else []),
        *(f"#{metric_label(name)} ({units[name]})" for name in others),
    ]
    part = (
        ""
        if len(listed) == len(groups)
        else (
            f"; the {len(listed)} of {len(groups)} with the highest error, all are in fairness.json"
        )
    )
    caption = (
        f"Groups of {humanise(entry['attribute'], capital=False)},"
        f" {format_level(record['confidence'])} intervals below{part}"
    )
    return make_table(
        caption, columns, [_group_row(group, metric, units, has_mix) for group in listed]
    )


def comparison_table(
    entry: Mapping[str, Any], record: Mapping[str, Any], units: Mapping[str, str]
) -> list[Table]:
    """Each group against the rest and against the reference, as differences and as ratios.

    None where nothing is compared.
    """
    metric, reference = record["metric"], entry["reference"]
    compared = [group for group in entry["groups"] if group["gaps"]]
    if not compared or reference is None:
        return []
    named = (
        ""
        if reference["group"] is None
        else f"{reference['group']}, {'as named' if reference['is_named'] else 'the largest group'}"
    )
    rows: list[Row] = [
        [
            group["group"],
            _gap_cell(group["gaps"].get(metric), units[metric]),
            _ratio_cell(group["ratios"].get(metric)),
            *(
                [Cell("is the reference", tone="muted"), Cell("–", tone="muted")]
                if group["group"] == reference["group"]
                else [
                    _gap_cell(group["reference_gaps"].get(metric), units[metric]),
                    _ratio_cell(group["reference_ratios"].get(metric)),
                ]
            ),
        ]
        for group in compared
    ]
    title = f"{metric_label(metric)} against the rest and against the reference ({named or 'none'})"
    return [
        make_table(
            title,
            [
                "Group",
                "#Gap to the rest",
                "#Ratio to the rest",
                "#Gap to the reference",
                "#Ratio to it",
            ],
            rows,
        )
    ]


def reliability_tables(entry: Mapping[str, Any]) -> list[Table]:
    """The calibration error of each group; none where there are no classes or no groups."""
    rows: list[Row] = [
        [item["group"], format_count(item["n"]), _value_cell(item["ece"], "share")]
        for item in entry.get("reliability", [])
    ]
    title = (
        f"Calibration error by {humanise(entry['attribute'], capital=False)}, over five bins of"
        " equal mass within each group"
    )
    return [make_table(title, ["Group", "#n", "#Calibration error"], rows)] if rows else []


def parity_tables(entry: Mapping[str, Any], family: Mapping[str, Any]) -> list[Table]:
    """How far groups are apart in what each criterion compares, and whether that is chance.

    None where there is nothing to compare.

    Args:
        entry: One attribute, or pair of attributes, of `fairness.json`.
        family: Size and level of the family of tests.
    """
    rows: list[Row] = []
    for item in entry.get("parity", []):
        largest, name = item["largest"], Cell(item["criterion"].capitalize())
        compared = f"{item['num_compared']} of {item['num_rates']}"
        if largest is None:
            rows.append(
                [
                    name,
                    Cell("–", tone="muted"),
                    Cell("not enough data", tone="muted"),
                    Cell("–", tone="muted"),
                    compared,
                ]
            )
            continue
        rate = humanise(largest["metric"]) + (f" of {largest['class']}" if largest["class"] else "")
        where = Cell(rate, f"lowest {largest['lowest']}, highest {largest['highest']}")
        difference = format_difference(largest["difference"], "share").removeprefix("+")
        rows.append([name, difference, where, _test_cell(item, family["alpha"]), compared])
    title = (
        f"Parity between groups of {humanise(entry['attribute'], capital=False)}: the largest"
        " difference, tested by permutation (Holm over"
        f" {count_of(family['parity_size'], 'test', 'tests')})"
    )
    return (
        [
            make_table(
                title,
                ["Criterion", "#Largest difference", "Where", "#Adjusted p", "#Rates compared"],
                rows,
            )
        ]
        if rows
        else []
    )


def _test_cell(item: Mapping[str, Any], alpha: float) -> Cell:
    test = item["test"]
    if test is None:
        return Cell("–", item["reason"], "muted")
    tone: Tone = "bad" if test["p_adjusted"] <= alpha else ""
    return Cell(
        format_plain(float(test["p_adjusted"]), 2),
        f"raw {format_plain(float(test['p_value']), 2)}",
        tone,
    )


def _worst_first(groups: list[dict[str, Any]], metric: str) -> list[dict[str, Any]]:
    """Groups with a value by falling value, then those without one."""
    return sorted(
        groups,
        key=lambda group: -group["metrics"][metric]["value"] if metric in group["metrics"] else 0.0,
    )


def _ends(found: Mapping[str, Any] | None) -> tuple[float | None, float | None, float | None]:
    return (
        (None, None, None) if found is None else (found["value"], found["ci_low"], found["ci_high"])
    )


def _group_row(
    group: Mapping[str, Any], metric: str, units: Mapping[str, str], has_mix: bool
) -> Row:
    size = Cell(format_count(group["n"]), count_of(group["num_entities"], "entity", "entities"))
    if group["suppressed"]:
        blank = [Cell("–", tone="muted")] * (len(units) + has_mix)
        return [
            Cell(group["group"], group["reason"]),
            size,
            Cell("not enough data", tone="muted"),
            *blank,
        ]
    others = [name for name in units if name != metric]
    return [
        Cell(group["group"]),
        size,
        _value_cell(group["metrics"].get(metric), units[metric]),
        _gap_cell(group["gaps"].get(metric), units[metric]),
        *([_gap_cell(group["case_mix_gap"], units[metric])] if has_mix else []),
        *(_value_cell(group["metrics"].get(name), units[name]) for name in others),
    ]


def _value_cell(found: Mapping[str, Any] | None, unit: str) -> Cell:
    if found is None:
        return Cell("–", tone="muted")
    return Cell(
        format_value(found["value"], unit), format_interval(found["ci_low"], found["ci_high"], unit)
    )


def _ratio_cell(found: Mapping[str, Any] | None) -> Cell:
    if found is None or found["value"] is None:
        return Cell("–", tone="muted")
    known = found["ci_low"] is not None
    interval = (
        f"{format_plain(found['ci_low'], 3)} to {format_plain(found['ci_high'], 3)}"
        if known
        else found.get("note", "")
    )
    return Cell(
        f"× {format_plain(found['value'], 3)}",
        interval,
        "bad" if (found["ci_low"] or 0.0) > 1.0 else "",
    )


def _gap_cell(found: Mapping[str, Any] | None, unit: str) -> Cell:
    if found is None or found["value"] is None:
        return Cell("–", tone="muted")
    tone: Tone = "bad" if (found["ci_low"] or 0.0) > 0.0 else ""
    return Cell(
        format_difference(found["value"], unit),
        format_difference_interval(found["ci_low"], found["ci_high"], unit),
        tone,
    )
