"""The page that lists all runs: a plain table, which a small script sorts and filters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup

from shared.formatting import (
    count_of,
    format_count,
    format_interval,
    format_value,
    humanise,
)
from shared.names import printable
from shared.reporting.beside.run_list import ListedRun, PrimaryValue, RunList
from shared.reporting.drawing.cells import interval_mark, scale_of, sparkline
from shared.reporting.drawing.scale import Scale
from shared.reporting.page import Tone
from shared.reporting.templates import page_templates, read_style, script_digest
from shared.run.files import REPORT

__all__ = ["render_index"]

_SCRIPT = Path(__file__).parent / "index.js"
_MOST_SKIPPED = 50
_LONGEST_COURSE = 60
_TONES: Mapping[str, Tone] = {
    "use": "good",
    "use it": "good",
    "with care": "warn",
    "not yet": "bad",
}

_Kind = tuple[str, str, str, str]
"""Pipeline, data, metric, unit: what may stand on one scale."""


@dataclass(frozen=True)
class _Measured:
    """The primary metric of a run, as the table shows it."""

    metric: str = ""
    value: str = "–"
    interval: str = ""
    sort: str = ""
    drawing: Markup = Markup("")  # noqa: RUF009 - immutable text
    n: str = "–"
    n_sort: str = ""


_NOTHING = _Measured()
"""Of a run that is not finished."""


@dataclass(frozen=True)
class _Row:
    """A run, as the table shows it."""

    run: ListedRun
    link: str
    note: str
    measured: _Measured
    verdict_tone: Tone


@dataclass(frozen=True)
class _Course:
    """The runs of one kind over time."""

    pipeline: str
    source: str
    metric: str
    drawing: Markup
    newest: str
    count: str


@dataclass(frozen=True)
class _Page:
    """What the template lays out."""

    title: str
    folder: str
    courses: tuple[_Course, ...]
    rows: tuple[_Row, ...]
    has_verdicts: bool
    skipped: tuple[str, ...]
    skipped_said: str


def render_index(found: RunList, folder: str) -> str:
    """The page as HTML; all names are escaped, and control characters written out.

    Args:
        found: The runs.
        folder: Where they are, for people.
    """
    script = _SCRIPT.read_text(encoding="utf-8")
    page = page_templates().get_template("beside/index.html")
    text = page.render(
        page=_lay_out(found, folder),
        style=read_style(),
        script=Markup(script),  # noqa: S704 - our own file
        script_digest=script_digest(script),
    )
    return printable(text)


def _lay_out(found: RunList, folder: str) -> _Page:
    by_kind: dict[_Kind, list[PrimaryValue]] = defaultdict(list)
    for run in found.runs:
        if run.primary is not None:
            by_kind[_kind(run, run.primary)].append(run.primary)
    scales = {kind: _scale(values) for kind, values in by_kind.items()}
    courses = tuple(_course(kind, values) for kind, values in by_kind.items())
    rows = tuple(_row(run, scales) for run in found.runs)
    num_skipped = count_of(len(found.skipped), "folder is", "folders are")
    return _Page(
        title=count_of(len(found.runs), "run", "runs"),
        folder=folder,
        courses=courses,
        rows=rows,
        has_verdicts=any(run.verdict for run in found.runs),
        skipped=found.skipped[:_MOST_SKIPPED],
        skipped_said=f"{num_skipped} no run, or a broken one",
    )


def _kind(run: ListedRun, primary: PrimaryValue) -> _Kind:
    return run.pipeline, run.source, primary.metric, primary.unit


def _scale(values: Sequence[PrimaryValue]) -> Scale:
    ends = [end for one in values for end in (one.value, one.low, one.high)]
    return scale_of(ends)


def _course(kind: _Kind, values: Sequence[PrimaryValue]) -> _Course:
    """PrimaryValues come the newest first; a course begins with the oldest."""
    pipeline, source, metric, unit = kind
    shown = list(reversed(values[:_LONGEST_COURSE]))
    drawing = sparkline(
        [one.value for one in shown], [one.low for one in shown], [one.high for one in shown]
    )
    interval = format_interval(shown[-1].low, shown[-1].high, unit)
    return _Course(
        pipeline=pipeline,
        source=source,
        metric=humanise(metric),
        drawing=drawing,
        newest=f"{format_value(shown[-1].value, unit)} ({interval})",
        count=count_of(len(values), "run", "runs"),
    )


def _row(run: ListedRun, scales: Mapping[_Kind, Scale]) -> _Row:
    # A link is a path: each part is quoted, so that no name becomes a scheme or a query.
    link = f"./{quote(run.path)}/{REPORT}" if run.has_report else ""
    state = "" if run.primary is not None else "not finished"
    notes = (state, "latest" if run.is_latest else "")
    return _Row(
        run=run,
        link=link,
        note=" · ".join(filter(None, notes)),
        measured=_NOTHING if run.primary is None else _measured(run, run.primary, scales),
        verdict_tone=_TONES.get((run.verdict or "").lower(), ""),
    )


def _measured(run: ListedRun, one: PrimaryValue, scales: Mapping[_Kind, Scale]) -> _Measured:
    scale = scales[_kind(run, one)]
    interval = format_interval(one.low, one.high, one.unit)
    return _Measured(
        metric=humanise(one.metric),
        value=format_value(one.value, one.unit),
        interval=interval,
        sort=repr(one.value),
        drawing=interval_mark(one.value, one.low, one.high, scale),
        n=format_count(one.n),
        n_sort=str(one.n),
    )
