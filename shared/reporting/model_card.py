"""A model card in Hugging Face's metadata format: YAML between two lines `---`, then Markdown.

Format: https://huggingface.co/docs/hub/model-cards, and the results of `model-index` as in
https://github.com/huggingface/hub-docs/blob/main/modelcard.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import yaml

from shared.formatting import format_count, format_range, humanise
from shared.run.artefacts.metrics.metric_entries import MetricEntry
from shared.run.artefacts.report.brief import Facts
from shared.run.artefacts.report.record import ReportRecord
from shared.verdicts.thresholds import MARKS

__all__ = ["render_card"]

_TASKS: Mapping[str, str] = MappingProxyType(
    {
        "image": "image-classification",
        "sound": "audio-classification",
        "text": "text-classification",
        "numbers": "tabular-classification",
        "series": "time-series-forecasting",
    }
)
"""What a row holds -> the Hub's name of the task (`pipeline_tag`)."""

_LICENCES = frozenset(
    {
        "apache-2.0",
        "cc-by-4.0",
        "cc-by-nc-4.0",
        "cc-by-nc-sa-4.0",
        "cc-by-sa-4.0",
        "cc0-1.0",
        "mit",
        "unknown",
    }
)
"""Identifiers that the Hub knows, of those that the datasets here have."""

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~&])")


def render_card(report: ReportRecord) -> str:
    """The card as the text of a Markdown file; names from data are shown literally.

    Args:
        report: Of the run.
    """
    metadata = yaml.safe_dump(_metadata(report), sort_keys=False, allow_unicode=True)
    return f"---\n{metadata}---\n\n" + "\n".join(_body(report))


def _metadata(report: ReportRecord) -> dict[str, Any]:
    facts = report.facts
    task = _TASKS[facts.content]
    return {
        **_licence(facts.licence),
        "pipeline_tag": task,
        "tags": ["plumbline", *(["synthetic-data"] if facts.synthetic else [])],
        "datasets": [_slug(facts.data)],
        "metrics": list(report.metrics),
        "model-index": [{"name": report.pipeline, "results": [_results(report, task)]}],
    }


def _licence(licence: str) -> dict[str, str]:
    """That of the data, the only one a run knows; another than the Hub's by its name."""
    identifier = licence.lower()
    if identifier in _LICENCES:
        return {"license": identifier}
    return {"license": "other", "license_name": _slug(licence)}


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "unnamed"


def _results(report: ReportRecord, task: str) -> dict[str, Any]:
    data = {"name": report.facts.data, "type": _slug(report.facts.data), "split": "test"}
    known = {name: entry for name, entry in report.metrics.items() if entry.value is not None}
    return {
        "task": {"type": task},
        "dataset": data,
        "metrics": [_result(name, entry) for name, entry in known.items()],
    }


def _result(name: str, entry: MetricEntry) -> dict[str, Any]:
    interval = format_range(entry.ci_low, entry.ci_high, entry.unit)
    return {
        "type": name,
        "value": entry.value,
        "name": f"{humanise(name)} ({interval}, n = {format_count(entry.n)})",
    }


def _body(report: ReportRecord) -> list[str]:
    brief = report.brief
    lines = [f"# {_escaped(report.title)}", ""]
    if report.facts.synthetic:
        lines += ["**SYNTHETIC DATA**: nothing below is about real people or conditions.", ""]
    lines += [f"**{brief.decision.capitalize()}.** {_escaped(brief.finding)}.", ""]
    lines += [f"- {one.title}: {_escaped(one.text)}" for one in brief.statements]
    lines += ["", *_facts(report.facts), "", "## Checklist", ""]
    lines += ["| | question | answer | numbers |", "|---|---|---|---|"]
    for one in report.verdicts:
        cells = (one.question, one.answer, one.numbers)
        lines.append(f"| {MARKS[one.status]} | {' | '.join(map(_escaped, cells))} |")
    return [*lines, *_parts(report), ""]


def _facts(facts: Facts) -> list[str]:
    stated = {
        "Intended for": facts.intended,
        "Not for": facts.not_for,
        "Affects": facts.affected,
        "Licence of the data (that of the model is its owner's to state)": facts.licence,
        "Citation": facts.citation,
        "Made": f"{facts.begun}, commit {facts.commit}",
    }
    return [f"- {name}: {_escaped(text or 'not stated')}" for name, text in stated.items()]


def _parts(report: ReportRecord) -> list[str]:
    lines = []
    framework = ""
    for part in report.card:
        if part.framework != framework:
            framework = part.framework
            lines += ["", f"## {framework}"]
        lines += ["", f"### {part.heading}", "", _escaped(part.text or "not measured")]
    return lines


def _escaped(text: str) -> str:
    """One line without markup: characters that Markdown or HTML would obey are escaped."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
