"""The page that `compare` writes: everything that it needs of both runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from cli.options import owner
from cli.terminal import CONSOLE, TerminalDisplay
from pipelines import get_pipeline

if TYPE_CHECKING:
    from shared.config import RunConfig
    from shared.contract import Examples, Splits
    from shared.reporting.beside.comparison_page import AboutRuns
    from shared.reporting.beside.comparison_tables import RecordedTables
    from shared.reporting.drawing.media import RowMedium
    from shared.run.artefacts.artefact import Artefact
    from shared.run.directory import RunDirectory

__all__ = ["check_output", "write_page"]

Record = TypeVar("Record", bound="Artefact")


def check_output(output: Path | None) -> None:
    """Refuse at once what would only fail after all the work.

    Raises:
        UserError: The suffix is neither .html nor .json.
    """
    from shared.errors import UserError

    if output is not None and output.suffix.lower() not in (".html", ".json"):
        raise UserError(
            f"--output {output}: expected a file ending in .html or .json, received"
            f" {output.suffix!r}."
        )


def write_page(
    output: Path,
    runs: tuple[RunDirectory, RunDirectory],
    comparison: Mapping[str, Any],
    config: RunConfig,
) -> None:
    """Write the page of two runs that were compared.

    Args:
        output: Where.
        runs: A and B.
        comparison: As `compare_runs` gives it.
        config: Of A.
    """
    from shared.evaluation import run_differences
    from shared.evaluation.comparison import read_pair
    from shared.reporting.beside.comparison_page import ComparedRuns, render_comparison
    from shared.run.directory import RunDirectory
    from shared.targets import Horizon

    first, second = runs
    pair = read_pair(first, second)
    rows, counts = run_differences.find_one_sided_rows(pair)
    shown = _shown(first, config, [row.id for row in rows])
    groups = run_differences.group_differences(pair, first, config.evaluate)
    compared = ComparedRuns(
        comparison=comparison,
        rows=rows,
        counts=counts,
        groups=groups,
        settings=run_differences.compare_settings(first, second),
        about=_about(first, second),
        is_forecast=isinstance(pair.target, Horizon),
        explained=_explained(output, {"A": first, "B": second}),
        shown=shown,
        recorded=_recorded(first, second),
    )
    RunDirectory(output.parent).write_text(output.name, render_comparison(compared))


def _about(first: RunDirectory, second: RunDirectory) -> AboutRuns:
    from shared.reporting.beside.comparison_page import AboutRuns
    from shared.run.artefacts.data.record import DataRecord

    return AboutRuns(
        first=str(first.path),
        second=str(second.path),
        title=get_pipeline(owner(first)).title,
        synthetic=DataRecord.read(first).provenance.synthetic,
    )


def _recorded(first: RunDirectory, second: RunDirectory) -> RecordedTables:
    from shared.reporting.beside.comparison_tables import (
        RecordedTables,
        fairness_table,
        service_table,
    )
    from shared.run.artefacts.fairness.record import FairnessRecord
    from shared.run.artefacts.metrics.metrics_file import Metrics

    return RecordedTables(
        service=service_table(_read(Metrics, first), _read(Metrics, second)),
        fairness=fairness_table(_read(FairnessRecord, first), _read(FairnessRecord, second)),
    )


def _read(kind: type[Record], run: RunDirectory) -> Record | None:
    """An artefact; None if the stage has not run, or another version made it."""
    from shared.errors import MissingArtefactError

    try:
        return kind.read(run)
    except MissingArtefactError:
        return None


def _shown(run: RunDirectory, config: RunConfig, ids: Sequence[str]) -> Mapping[str, RowMedium]:
    """Row id -> its image, sound or text, where the data can still be read."""
    import numpy as np

    from shared.errors import UserError
    from shared.stages.runner import checked_splits

    with TerminalDisplay(CONSOLE).stage("read rows") as progress:
        try:
            splits = checked_splits(get_pipeline(owner(run)), config, run)()
        except UserError as error:
            progress.log(f"rows are not shown: {str(error).splitlines()[0]}")
            return {}
        if splits.content == "numbers":
            return {}
        shown = {}
        for examples in splits.by_split().values():
            for place in np.flatnonzero(np.isin(examples.ids, list(ids))).tolist():
                shown[str(examples.ids[place])] = _medium(splits, examples, place)
        return shown


def _medium(splits: Splits, examples: Examples, place: int) -> RowMedium:
    import numpy as np

    from shared.gallery.media import show_row
    from shared.reporting.drawing.media import RowMedium, media_address

    wire = examples.rows(np.array([place], dtype=np.int64))
    shown = show_row(wire, splits.content, splits.columns)
    return RowMedium(shown.medium, media_address(shown.medium, shown.content), shown.text)


def _explained(
    output: Path, runs: Mapping[str, RunDirectory]
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Row id -> link to the report of each run that explains it; relative to the page."""
    from shared.run.artefacts.explanations.record import Explanations
    from shared.run.files import REPORT

    links: dict[str, list[tuple[str, str]]] = {}
    for name, run in runs.items():
        record = _read(Explanations, run)
        if record is None or not run.has(REPORT):
            continue
        report = os.path.relpath((run / REPORT).resolve(), output.parent.resolve())
        # "./" first: a folder's name must not become the scheme of an address.
        target = f"./{quote(Path(report).as_posix())}#explanations"
        for example in record.examples:
            links.setdefault(example.id, []).append((f"explained in {name}", target))
    return links
