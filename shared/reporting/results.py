"""How good the model is: headline, all metrics, where it errs, and what disturbs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.reporting.artefacts import Artefacts
from shared.reporting.charts import Band, Estimate, estimates_chart, learning_curve, reliability_chart, step_chart
from shared.reporting.formatting import format_count, format_difference, format_interval, format_level, format_value, humanise
from shared.reporting.page import Cell, Chart, Row, Table, Tone, make_table

__all__ = [
    "VERDICT_TONES",
    "Headline",
    "RobustnessView",
    "Scale",
    "view_errors",
    "view_headline",
    "view_learning",
    "view_metrics",
    "view_robustness",
]

VERDICT_TONES: dict[str, Tone] = {"better": "good", "worse": "bad", "not told apart": "warn"}


@dataclass(frozen=True)
class Scale:
    """Positions on a line from 0 to 100, for the drawing beside the headline."""

    low: float
    value: float
    high: float
    baseline: float


@dataclass(frozen=True)
class Headline:
    """The metric that opens the report, in words; `scale` is None if it has no interval or no baseline."""

    name: str
    describe: str
    value: str
    unit: str
    interval: str
    confidence: str
    n: str
    num_entities: str
    baseline: str
    baseline_name: str
    difference: str
    difference_interval: str
    verdict: str
    tone: Tone
    note: str
    scale: Scale | None


@dataclass(frozen=True)
class RobustnessView:
    """What corruptions cost and what counterfactual changes flip; charts only where there is something to draw."""

    table: Table
    charts: tuple[Chart, ...]


def view_headline(artefacts: Artefacts) -> Headline:
    """The headline metric with interval, size, baseline and difference."""
    metrics = artefacts.metrics
    name, entry = metrics["headline"], metrics["metrics"][metrics["headline"]]
    against, unit = entry["versus_baseline"], entry["unit"]
    return Headline(
        name=humanise(name),
        describe=entry["describe"],
        value=format_value(entry["value"], unit),
        unit=unit,
        interval=format_interval(entry["ci_low"], entry["ci_high"], unit),
        confidence=format_level(metrics["confidence"]),
        n=format_count(metrics["n"]),
        num_entities=format_count(metrics["num_entities"]),
        baseline=format_value(entry["baseline"], unit),
        baseline_name=humanise(entry["baseline_name"] or "none", capital=False),
        difference=format_difference(against["value"], unit),
        difference_interval=_difference_interval(against, unit),
        verdict=against["verdict"],
        tone=VERDICT_TONES.get(against["verdict"], "muted"),
        note=entry.get("note", ""),
        scale=_scale(entry),
    )


def view_metrics(artefacts: Artefacts) -> Table:
    """All metrics with value, interval, baseline and meaning."""
    metrics = artefacts.metrics
    rows: list[Row] = []
    for name in artefacts.target.describe():
        entry = metrics["metrics"][name]
        unit, against = entry["unit"], entry["versus_baseline"]
        note = f"{entry['describe']}. {entry['better'].capitalize()} is better."
        verdict = Cell(against["verdict"], _difference_text(against, unit), VERDICT_TONES.get(against["verdict"], "muted"))
        rows.append(
            [
                Cell(humanise(name), note),
                Cell(format_value(entry["value"], unit), entry.get("note", "")),
                format_interval(entry["ci_low"], entry["ci_high"], unit),
                Cell(unit, tone="muted"),
                format_count(metrics["n"]),
                Cell(format_value(entry["baseline"], unit), humanise(entry["baseline_name"] or "", capital=False)),
                verdict,
                format_value(metrics["val"].get(name), unit),
            ]
        )
    columns = [
        "Metric",
        "#Test",
        f"#{format_level(metrics['confidence'])} interval",
        "Unit",
        "#n",
        "#Baseline",
        "Against it",
        "#Validation",
    ]
    return make_table(f"All metrics on the {metrics['split']} part", columns, rows)


def view_learning(artefacts: Artefacts) -> Chart:
    """The learning curve."""
    history = {str(name): column.tolist() for name, column in artefacts.history.items()}
    return learning_curve(history, best_epoch=int(artefacts.train["best_epoch"]))


def view_errors(artefacts: Artefacts) -> tuple[tuple[Table, ...], tuple[Chart, ...]]:
    """Tables and charts of where the model errs: by class and confidence, or by step."""
    metrics = artefacts.metrics
    tables: list[Table] = []
    charts: list[Chart] = []
    if metrics.get("confusion"):
        tables += [_confusion_table(metrics), _classes_table(metrics["classes"], metrics["confidence"])]
    if metrics.get("reliability"):
        charts.append(reliability_chart(metrics["reliability"]))
    if metrics.get("steps"):
        charts += _step_charts(metrics)
    return tuple(tables), tuple(charts)


def view_robustness(artefacts: Artefacts) -> RobustnessView | None:
    """Lay out the probes; None if the pipeline has none."""
    metrics = artefacts.metrics
    probes = metrics["probes"]
    if not probes:
        return None
    unit = metrics["metrics"][metrics["headline"]]["unit"]
    corruptions = [item for item in probes if item["kind"] == "corruption"]
    counterfactuals = [item for item in probes if item["kind"] == "counterfactual"]
    charts = []
    if corruptions:
        title = f"What corruptions cost: loss in {humanise(metrics['headline'], capital=False)}"
        charts.append(_probe_chart(title, corruptions, "drop", unit, "no loss", "drop-"))
    if counterfactuals:
        has_flips = all(item["flip_rate"] is not None for item in counterfactuals)
        title = (
            "Changes that should not matter: share of decisions that flip"
            if has_flips
            else "Changes that should not matter: mean shift of the forecast (σ)"
        )
        chosen, chosen_unit = ("flip_rate", "share") if has_flips else ("score_shift", "σ")
        charts.append(_probe_chart(title, counterfactuals, chosen, chosen_unit, "no change", "flip-"))
    return RobustnessView(_probe_table(probes, unit, metrics["confidence"]), tuple(charts))


def _difference_text(against: Mapping[str, Any], unit: str) -> str:
    if against["value"] is None:
        return ""
    return f"{format_difference(against['value'], unit)} ({_difference_interval(against, unit)})"


def _difference_interval(against: Mapping[str, Any], unit: str) -> str:
    if against["ci_low"] is None:
        return "no interval"
    low, high = format_difference(against["ci_low"], unit), format_difference(against["ci_high"], unit)
    return f"{low.removesuffix(' points')} to {high}"


def _scale(entry: Mapping[str, Any]) -> Scale | None:
    marks = [entry[key] for key in ("ci_low", "value", "ci_high", "baseline")]
    if any(mark is None for mark in marks):
        return None
    low, high = min(marks), max(marks)
    # Shares are shown on their whole scale, unless that would hide the difference.
    if entry["unit"] == "share" and high - low > 0.25:
        low, high = 0.0, 1.0
    margin = 0.0 if (low, high) == (0.0, 1.0) else 0.08 * (high - low)
    width = (high - low + 2 * margin) or 1.0
    placed = [round(100 * (mark - low + margin) / width, 2) for mark in marks]
    return Scale(low=placed[0], value=placed[1], high=placed[2], baseline=placed[3])


def _confusion_table(metrics: Mapping[str, Any]) -> Table:
    """Counts shaded by the share of the true class."""
    names = [item["name"] for item in metrics["classes"]]
    rows = []
    for index, (name, counts) in enumerate(zip(names, metrics["confusion"], strict=True)):
        total = max(sum(counts), 1)
        cells = [
            Cell(
                format_count(count),
                format_level(round(count / total, 2)) if count else "",
                "good" if index == decided else "bad",
                count / total,
            )
            for decided, count in enumerate(counts)
        ]
        rows.append([Cell(f"truly {name}", f"n = {format_count(sum(counts))}"), *cells])
    return make_table("Confusion: true class by row, decided class by column", ["", *(f"#decided {name}" for name in names)], rows)


def _classes_table(classes: Sequence[Mapping[str, Any]], confidence: float) -> Table:
    rows = [
        [
            item["name"],
            Cell(format_count(item["n"]), f"{format_count(item['num_entities'])} entities"),
            *(
                Cell(format_value(item[rate], "share"), format_interval(item[f"{rate}_ci_low"], item[f"{rate}_ci_high"], "share"))
                for rate in ("recall", "precision")
            ),
            format_value(item["f1"], "share"),
        ]
        for item in classes
    ]
    interval = f"{format_level(confidence)} interval below"
    return make_table("Classes", ["Class", "#n", f"#Recall, {interval}", f"#Precision, {interval}", "#F1"], rows)


def _step_charts(metrics: Mapping[str, Any]) -> list[Chart]:
    steps = metrics["steps"]
    error = _band(steps, "mae_standardised")
    charts = [step_chart("Error by step ahead", error, y_label="mean absolute error (σ)", unit="σ", reference=None, prefix="steps-")]
    if metrics.get("coverage") is not None:
        charts.append(
            step_chart(
                "Share of values inside the forecast interval",
                _band(steps, "coverage"),
                y_label="share inside",
                unit="share",
                reference=float(metrics["coverage"]["nominal"]),
                prefix="coverage-",
            )
        )
    return charts


def _band(steps: Sequence[Mapping[str, Any]], key: str) -> Band:
    """One curve over the steps; without an interval the band has no width."""
    entries = [item[key] for item in steps if item[key]["value"] is not None]
    x = [float(item["step"]) for item in steps if item[key]["value"] is not None]
    values = [float(entry["value"]) for entry in entries]
    low, high = ([entry[end] if entry[end] is not None else entry["value"] for entry in entries] for end in ("ci_low", "ci_high"))
    return Band(x, values, low, high)


def _probe_chart(title: str, probes: Sequence[Mapping[str, Any]], key: str, unit: str, reference: str, prefix: str) -> Chart:
    estimates = [Estimate(_probe_label(item), item[key]["value"], item[key]["ci_low"], item[key]["ci_high"], item["n"]) for item in probes]
    return estimates_chart(title, estimates, unit=unit, reference=0.0, reference_label=reference, prefix=prefix)


def _probe_label(probe: Mapping[str, Any]) -> str:
    name = humanise(probe["probe"], capital=False)
    return f"{name}, severity {probe['severity']}" if probe["kind"] == "corruption" else name


def _probe_table(probes: Sequence[Mapping[str, Any]], unit: str, confidence: float) -> Table:
    has_flips = any(item["flip_rate"] is not None for item in probes)
    rows: list[Row] = [
        [
            Cell(_probe_label(item), f"{item['kind']}: {item['describe']}"),
            format_count(item["n"]),
            Cell(format_value(item["value"], unit), format_interval(item["ci_low"], item["ci_high"], unit)),
            format_value(item["clean"]["value"], unit),
            Cell(format_difference(item["drop"]["value"], unit), _difference_interval(item["drop"], unit)),
            *([_flips(item)] if has_flips else []),
            format_value(item["score_shift"]["value"], "share" if has_flips else "σ"),
        ]
        for item in probes
    ]
    flips, shift = (["#Decisions flipped"], "#Probability shift") if has_flips else ([], "#Forecast shift (σ)")
    columns = ["Change", "#n", "#Changed", "#Unchanged", "#Loss", *flips, shift]
    name = humanise(probes[0]["metric"], capital=False)
    return make_table(f"Robustness: {name} ({unit}), {format_level(confidence)} intervals below", columns, rows)


def _flips(probe: Mapping[str, Any]) -> str | Cell:
    rate = probe["flip_rate"]
    if rate is None or rate["value"] is None:
        return "–"
    return Cell(format_value(rate["value"], "share"), format_interval(rate["ci_low"], rate["ci_high"], "share"))
