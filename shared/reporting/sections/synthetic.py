"""The section "Synthetic training rows": what was made, how near it is to what was recorded."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from shared.formatting import format_count, format_interval, format_plain, format_value, shorten
from shared.reporting.artefacts import Artefacts
from shared.reporting.page import Row, Table, make_table
from shared.reporting.section import Section
from shared.run.artefacts.data.synthetic import ShownRow, SyntheticRecord
from shared.statistics.intervals import Estimate

__all__ = ["SECTION", "ShownSynthetic", "SyntheticView", "view_synthetic"]


@dataclass(frozen=True)
class ShownSynthetic:
    """One made row.

    Attributes:
        class_name: What it was made as.
        nearness: How far its nearest training row is, in words.
        address: Of its image, for the page.
    """

    class_name: str
    nearness: str
    address: str


@dataclass(frozen=True)
class SyntheticView:
    """Two tables and some of the rows."""

    classes: Table
    nearness: Table
    shown: tuple[ShownSynthetic, ...]


def view_synthetic(artefacts: Artefacts) -> SyntheticView | None:
    """Lay out `synthetic.json`; None where nothing was made."""
    record = artefacts.synthetic
    if record is None:
        return None
    shown = (_shown(artefacts, row) for row in record.shown if row.file)
    return SyntheticView(_classes(record), _nearness(record), tuple(shown))


def _classes(record: SyntheticRecord) -> Table:
    rows: list[Row] = [
        [
            shorten(one.name),
            format_count(one.num_real),
            format_count(one.num_synthetic),
            format_count(one.num_copies),
        ]
        for one in record.classes
    ]
    columns = ["Class", "#Recorded", "#Made", "#Copies"]
    return make_table(f"Training rows, made by {record.method}", columns, rows)


def _nearness(record: SyntheticRecord) -> Table:
    near = f"nearer than {format_plain(record.copy_ratio)} of the mean distance of the 50 nearest"
    rows = [
        _row("Precision", record.precision, record.precision_of_validation, "look recorded"),
        _row("Recall", record.recall, record.recall_of_validation, "of what was recorded is there"),
        _row(
            "Copies",
            record.copies,
            record.copies_in_training,
            f"{near}; {format_value(record.most_copies, 'share')} more are allowed",
        ),
    ]
    columns = ["What", "#Made", "#Interval", "#Recorded rows reach", "Meaning"]
    return make_table("Beside recorded rows", columns, rows)


def _row(title: str, made: Estimate, recorded: Estimate, meaning: str) -> Row:
    return [
        title,
        format_value(made.value, "share"),
        format_interval(made.ci_low, made.ci_high, "share"),
        format_value(recorded.value, "share"),
        f"{meaning} ({made.note})",
    ]


def _shown(artefacts: Artefacts, row: ShownRow) -> ShownSynthetic:
    content = b64encode(artefacts.synthetic_files[row.file]).decode()
    return ShownSynthetic(
        class_name=shorten(row.class_name),
        nearness=f"nearest training row at {format_plain(row.ratio)} of the usual distance",
        address=f"data:image/jpeg;base64,{content}",
    )


SECTION = Section(
    id="synthetic",
    title="Synthetic training rows",
    lead=(
        "Made for training by a model of the training split. None is in validation or test, and no"
        " number of this report counts one."
    ),
    view=view_synthetic,
)
