"""The `publish` command: a run as the next version of its model, for TensorFlow Serving."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from cli.publishing.version_table import chosen_models, print_versions
from cli.terminal import CONSOLE, TerminalDisplay
from shared.errors import ConfigError

if TYPE_CHECKING:
    from shared.run.artefacts.signature_file import SignatureRecord

__all__ = ["publish"]


Label = Literal["stable", "canary"]
Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="[RUN_DIR] BASE",
        help="A finished run, and the folder of all published models. --list and --rollback take"
        " BASE alone.",
    ),
]
ChosenLabel = Annotated[
    Label | None,
    typer.Option("--label", help="Which label to give to the version. Default: stable."),
]
Listing = Annotated[bool, typer.Option("--list", help="Show the versions below BASE.")]
Rollback = Annotated[
    bool, typer.Option("--rollback", help="Give the label back to the version before.")
]
Model = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="With --list or --rollback, where BASE has several models."),
]


def publish(
    paths: Paths,
    label: ChosenLabel = None,
    listing: Listing = False,
    rollback: Rollback = False,
    model: Model = None,
) -> None:
    """Publish a run as the next version below BASE, for TensorFlow Serving (docs/serving.md).

    `publish RUN_DIR BASE`, then `publish BASE --list`, `publish BASE --rollback`.
    """
    _refuse_contradictions(label, listing=listing, rollback=rollback, model=model)
    wanted = 1 if listing or rollback else 2
    if len(paths) != wanted:
        shown = " ".join(map(str, paths))
        expected = "BASE alone" if wanted == 1 else "a run and BASE"
        raise ConfigError(
            f"publish takes {expected}; received: {shown}. As in: python -m pipelines"
            f" publish{' ' if wanted == 1 else ' runs/speech/latest '}published"
            f"{' --list' if listing else ' --rollback' if rollback else ''}"
        )
    if listing:
        print_versions(paths[0], model)
    elif rollback:
        _roll_back(paths[0], label or "stable", model)
    else:
        _publish(paths[0], paths[1], label or "stable")


def _refuse_contradictions(
    label: str | None, *, listing: bool, rollback: bool, model: str | None
) -> None:
    if listing and rollback:
        raise ConfigError("--list and --rollback are two requests. Give one of them.")
    if listing and label is not None:
        raise ConfigError("--list shows all labels: leave --label out.")
    if model is not None and not (listing or rollback):
        raise ConfigError("--model goes with --list or --rollback: a run knows its model.")


def _publish(run_dir: Path, base: Path, label: Label) -> None:
    from shared.run.directory import RunDirectory
    from shared.serving.publishing.publisher import publish_run

    with TerminalDisplay(CONSOLE).stage("publish"):
        published = publish_run(RunDirectory(run_dir), base, label, _warm_up)
    for path in published.left_overs:
        _say(f"Removed, left over by a publisher that was stopped: {path}")
    _say(f"Published: {shlex.quote(str(published.folder))}, label {label}")
    version = published.version
    if version.decision is None:
        _say("Verdict: none, for the run has no report.")
    else:
        _say(f"Verdict: {version.decision}. {version.finding}.")


def _warm_up(version: Path, signature: SignatureRecord, batch_sizes: Sequence[int]) -> None:
    """Once all else is proven: TensorFlow takes seconds to load."""
    from shared.loading.tensorflow_startup import start_tensorflow

    start_tensorflow()  # quietly, before a module does it aloud
    from shared.serving.publishing.warm_up import prepare_warm_up

    prepare_warm_up(version, signature, batch_sizes)


def _roll_back(base: Path, label: Label, model: str | None) -> None:
    from shared.serving.publishing.publisher import roll_back

    names = chosen_models(base, model)
    if len(names) > 1:
        raise ConfigError(
            f"{base} has several models: {', '.join(names)}. Name one: python -m pipelines publish"
            f" {shlex.quote(str(base))} --rollback --model {names[0]}"
        )
    version = roll_back(base, names[0], label)
    held = "nobody any more" if version is None else f"version {version}"
    _say(f"Rolled back: {names[0]}, label {label}: {held}")


def _say(text: str) -> None:
    CONSOLE.print(escape(text), soft_wrap=True, highlight=False)
