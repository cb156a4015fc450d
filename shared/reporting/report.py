"""The report stage: everything that a run found, on one page that needs nothing else.

Never imports TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.formatting import format_count, format_level, format_seconds
from shared.reporting.page import Chart, Table, Verdict
from shared.reporting.sections.behaviours_view import BehavioursView, view_behaviours
from shared.reporting.sections.cost_view import CostView, view_cost
from shared.reporting.sections.datasheet_view import DatasheetView, view_datasheet
from shared.reporting.sections.decisions_view import DecisionsView, view_decisions
from shared.reporting.sections.explanations_view import ExplanationsView, view_explanations
from shared.reporting.sections.fairness_view import FairnessView, view_fairness
from shared.reporting.sections.results import (
    Headline,
    view_errors,
    view_folds,
    view_headline,
    view_learning,
    view_metrics,
)
from shared.reporting.sections.robustness_view import RobustnessView, view_robustness
from shared.reporting.sections.run_facts import (
    ConfigView,
    DataView,
    ServingView,
    view_config,
    view_data,
    view_environment,
    view_serving,
)
from shared.reporting.sections.verdicts import view_verdicts
from shared.run.context import StageContext
from shared.targets import Categories, Horizon, Target

__all__ = ["Page", "assemble_page", "render_page", "report_stage"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Page:
    """All that the template shows, in the order of the page."""

    title: str
    task: str
    run_id: str
    preset: str
    data_name: str
    seed: str
    synthetic: bool
    about_people: bool
    contents: tuple[tuple[str, str], ...]
    headline: Headline
    remarks: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    interval_method: str
    metrics: Table
    error_tables: tuple[Table, ...]
    error_charts: tuple[Chart, ...]
    learning: Chart
    decisions: DecisionsView | None
    robustness: RobustnessView | None
    behaviours: BehavioursView | None
    fairness: FairnessView
    explanations: ExplanationsView
    serving: ServingView
    data: DataView
    datasheet: DatasheetView | None
    cost: CostView
    config: ConfigView
    environment: Table
    style: Markup


def report_stage(context: StageContext) -> None:
    """Write `report.html` from the run's files.

    Raises:
        MissingArtefactError: A file is missing or can't be read; the message names the stage that
            makes it.
    """
    context.progress.update(0, 2, "reading")
    artefacts = read_artefacts(context.run)
    context.progress.update(1, 2, "drawing")
    context.run.write_text("report.html", render_page(assemble_page(context, artefacts)))
    context.progress.update(2, 2)


def assemble_page(context: StageContext, artefacts: Artefacts) -> Page:
    """Lay out every section."""
    error_tables, error_charts = view_errors(artefacts)
    fairness, behaviours = view_fairness(artefacts), view_behaviours(artefacts)
    provenance = artefacts.data["provenance"]
    return Page(
        title=context.pipeline.title,
        task=_describe_task(artefacts.target),
        run_id=context.run.path.resolve().name,
        preset=str(artefacts.config["preset"]),
        data_name=provenance["name"],
        seed=str(artefacts.config["train"]["seed"]),
        synthetic=bool(provenance["synthetic"]),
        about_people=any(entry["about"] == "people" for entry in artefacts.fairness["attributes"]),
        contents=_contents(fairness.title, with_behaviours=behaviours is not None),
        headline=view_headline(artefacts),
        remarks=tuple(artefacts.metrics["notes"]),
        verdicts=view_verdicts(artefacts),
        interval_method=artefacts.metrics["interval_method"],
        metrics=view_metrics(artefacts),
        error_tables=(*view_folds(artefacts), *error_tables),
        error_charts=error_charts,
        learning=view_learning(artefacts),
        decisions=view_decisions(artefacts),
        robustness=view_robustness(artefacts),
        behaviours=behaviours,
        fairness=fairness,
        explanations=view_explanations(artefacts),
        serving=view_serving(artefacts),
        data=view_data(artefacts),
        datasheet=(
            view_datasheet(artefacts.data["datasheet"]) if "datasheet" in artefacts.data else None
        ),
        cost=view_cost(artefacts),
        config=view_config(artefacts, context.config, context.pipeline.name),
        environment=view_environment(artefacts),
        style=Markup((_FOLDER / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    )


def render_page(page: Page) -> str:
    """The page as HTML; everything that comes from a run is escaped."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("template.html").render(page=page)


def _contents(fairness_title: str, *, with_behaviours: bool) -> tuple[tuple[str, str], ...]:
    return (
        ("summary", "At a glance"),
        ("results", "Results"),
        ("errors", "Where it errs"),
        ("decisions", "Calibration and decisions"),
        ("robustness", "Robustness and unfamiliar inputs"),
        *((("behaviours", "Behaviour"),) if with_behaviours else ()),
        ("fairness", fairness_title),
        ("explanations", "Explanations"),
        ("serving", "Serving"),
        ("data", "Data"),
        ("cost", "Cost"),
        ("reproduce", "Make it again"),
    )


def _describe_task(target: Target) -> str:
    match target:
        case Categories():
            return (
                f"Decides between {format_count(len(target.names))} classes:"
                f" {_listed(target.names)}."
            )
        case Horizon():
            step = (
                format_seconds(float(target.step_seconds))
                if target.step_seconds < 3600
                else f"{target.step_seconds / 3600:g} h"
            )
            levels = ", ".join(format_level(level) for level in target.quantiles)
            return (
                f"Forecasts {format_count(target.steps)} steps of {step} for"
                f" {_listed(target.channels)} in {target.unit}: the mean and the quantiles"
                f" {levels}."
            )
        case _:
            assert_never(target)


def _listed(names: tuple[Any, ...], limit: int = 12) -> str:
    shown = ", ".join(map(str, names[:limit]))
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"
