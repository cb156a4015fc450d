"""What a training cost, each number with its unit, its limits and how it was found."""

from __future__ import annotations

from dataclasses import dataclass

from shared.formatting import (
    count_of,
    format_count,
    format_plain,
    format_scaled,
    format_seconds,
    format_value,
    humanise,
)
from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Cell, Fact, Row, Table, make_table
from shared.reporting.section import Section
from shared.run.artefacts.train_file import BoundedEstimate, TrainedMitigation, TrainRecord

__all__ = ["SECTION", "CostView", "view_cost"]

_NOT_RECORDED = Cell("not recorded", tone="muted")
_OF_MEMBERS = "networks of other seeds, whose mean is served; epochs and curves are the first one's"
_NO_GPU = Cell("no GPU took part", tone="muted")


@dataclass(frozen=True)
class CostView:
    """What was trained where, and the table of costs."""

    facts: tuple[Fact, ...]
    table: Table


def view_cost(artefacts: Artefacts) -> CostView:
    """Lay out `train.json`."""
    train = artefacts.train
    columns = ["What", "#Value", "#Limits", "How it was found"]
    rows = [*_exact_rows(train), *_estimated_rows(train)]
    if train.num_folds is not None:
        rows.append(["num_folds", format_count(train.num_folds), "", ""])
    if train.num_members > 1:
        rows.append(["num_members", format_count(train.num_members), "", _OF_MEMBERS])
    return CostView(_facts(train), make_table("What the training cost", columns, rows))


def _facts(train: TrainRecord) -> tuple[Fact, ...]:
    kept = f"the weights of epoch {train.best_epoch} were kept"
    replicas = count_of(train.num_replicas, "replica", "replicas")
    return (
        Fact("Epochs", format_count(train.epochs), kept),
        Fact("Parameters", format_count(train.num_parameters)),
        Fact("Devices", ", ".join(train.devices), f"strategy {train.strategy}, {replicas}"),
        *_mitigation(train.mitigation),
    )


def _mitigation(record: TrainedMitigation | None) -> tuple[Fact, ...]:
    """What was done about gaps between groups while training; nothing if nothing was."""
    if record is None:
        return ()
    done = "; ".join(
        f"{group.group}: {format_count(group.n)} rows count for"
        f" {format_count(round(group.counts_for))}"
        for group in record.groups
    )
    left = record.num_left_as_they_are
    if left:
        done += f"; {count_of(left, 'row', 'rows')} of unknown or small groups left as they are"
    method = f"{humanise(record.method)} by {humanise(record.attribute)}"
    return (Fact("Closing gaps", method, done),)


def _exact_rows(train: TrainRecord) -> list[Row]:
    rate = train.examples_per_second
    speed = None if rate is None else f"{format_plain(rate)} examples/s"
    waiting = None if train.wait_share is None else format_value(train.wait_share, "share")
    return [
        _exact_row(
            "Wall time",
            format_seconds(train.seconds),
            "of the training stage, preprocessing included",
        ),
        _exact_row(
            "Fitting",
            format_seconds(train.fit_seconds),
            "epochs with their validation, and the compilation before them",
        ),
        _exact_row(
            "Device time",
            format_seconds(train.device_seconds),
            "fitting × devices that fitted together",
        ),
        _exact_row(
            "Throughput", speed, "training steps only, without the first one, which compiles"
        ),
        _exact_row(
            "Waiting for data",
            waiting,
            "share of the time of training steps in which the next batch was not there yet",
        ),
    ]


def _exact_row(title: str, text: str | None, method: str) -> Row:
    if text is None:
        return [title, "–", "", _NOT_RECORDED]
    return [title, text, "measured", method]


def _estimated_rows(train: TrainRecord) -> list[Row]:
    estimates = {
        "Energy": train.energy_kwh,
        "Emissions": train.co2e_grams,
        "Peak memory, host": train.peak_host_memory_mib,
        "Peak memory, device": train.peak_device_memory_mib,
        "Operations, one example forward": train.flops_per_example,
        "Operations, the whole training": train.training_flops,
    }
    return [_estimated_row(title, estimate) for title, estimate in estimates.items()]


def _estimated_row(title: str, estimate: BoundedEstimate | None) -> Row:
    if estimate is None:
        return [title, "–", "", _NO_GPU]
    value = format_scaled(estimate.value, estimate.unit)
    return [title, value, _limits(estimate), estimate.method]


def _limits(estimate: BoundedEstimate) -> str:
    if estimate.low == estimate.high:
        return "as counted"
    low = format_scaled(estimate.low, estimate.unit)
    if estimate.high is None:
        return f"at least {low}"
    return f"{low} to {format_scaled(estimate.high, estimate.unit)}"


SECTION = Section(
    id="cost",
    title="Cost",
    lead=(
        "Of the training that made this model, without the search for its settings. What is"
        " estimated has limits."
    ),
    view=view_cost,
)
