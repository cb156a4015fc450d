"""The `report` command: a run's page made again, a gate on it, and its model card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cli.options import FinishedRun, configure, owner
from cli.run import execute
from cli.terminal import CONSOLE, new_table
from pipelines import get_pipeline
from shared.errors import ConfigError, RunDirectoryError

if TYPE_CHECKING:
    from shared.run.directory import RunDirectory
    from shared.verdicts.gate.rules import GateRules

__all__ = ["BROKEN_RULE_EXIT_CODE", "report"]

BROKEN_RULE_EXIT_CODE = 3
"""Of a report that does not keep to the rules of its gate."""

Rules = Annotated[
    Path | None,
    typer.Argument(
        metavar="[RULES]", help="With --gate: a YAML file of rules. Default: no answer may be ✗."
    ),
]
Gate = Annotated[
    bool,
    typer.Option("--gate", help="Hold the report to rules; exit code 3 if one is broken."),
]
Card = Annotated[
    Path | None,
    typer.Option(help="Also write a model card: a Markdown file with Hugging Face metadata."),
]


def report(
    run_dir: FinishedRun, rules: Rules = None, gate: Gate = False, card: Card = None
) -> None:
    """Make a run's report.html and report.json again from its files.

    For continuous integration: `report RUN_DIR --gate RULES` (docs/report.md).
    """
    from shared.run.directory import RunDirectory
    from shared.verdicts.gate.rules import GateRules, read_rules

    if rules is not None and not gate:
        raise ConfigError(f"{rules} would be rules of a gate: add --gate, or leave it out.")
    asked = GateRules() if rules is None else read_rules(rules)
    run = RunDirectory(run_dir)
    pipeline = get_pipeline(owner(run))
    config = configure(pipeline, run_dir=run_dir)
    execute(pipeline, config, run_dir, stages=["report"])
    CONSOLE.print(f"Written: [bold]{escape(str(run_dir / 'report.html'))}[/]", soft_wrap=True)
    if card is not None:
        _write_card(run, card)
    if gate:
        _hold_to(run, asked)


def _write_card(run: RunDirectory, path: Path) -> None:
    from shared.reporting.model_card import render_card
    from shared.run.artefacts.report.record import ReportRecord

    try:
        path.write_text(render_card(ReportRecord.read(run)), encoding="utf-8")
    except OSError as error:
        raise RunDirectoryError(
            f"Can't write the model card {path} ({error.strerror}). Choose another --card."
        ) from error
    CONSOLE.print(f"Written: [bold]{escape(str(path))}[/]", soft_wrap=True)


def _hold_to(run: RunDirectory, rules: GateRules) -> None:
    """Print every check; a broken rule ends the command."""
    from shared.run.artefacts.report.record import ReportRecord
    from shared.verdicts.gate.check import check_report

    checks = check_report(ReportRecord.read(run), rules)
    broken = [check for check in checks if not check.passed]
    table = new_table("Gate", ("", "rule", "wanted", "found"))
    for check in checks:
        cells = (check.name, check.wanted, check.found)
        mark = "[green]kept[/]" if check.passed else "[red]broken[/]"
        table.add_row(mark, *map(escape, cells))
    CONSOLE.print(table)
    if broken:
        CONSOLE.print(f"{len(broken)} of {len(checks)} rules are broken.")
        raise typer.Exit(BROKEN_RULE_EXIT_CODE)
    CONSOLE.print(f"All {len(checks)} rules are kept.")
