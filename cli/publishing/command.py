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
        help="A finished run, and the folder of all published models. --list, --promote"
        " and --rollback take BASE alone.",
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
Promotion = Annotated[bool, typer.Option("--promote", help="Make the canary the stable version.")]
Model = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Which model of BASE, with one of the three before."),
]


def publish(
    paths: Paths,
    label: ChosenLabel = None,
    listing: Listing = False,
    rollback: Rollback = False,
    promotion: Promotion = False,
    model: Model = None,
) -> None:
    """Publish a run as the next version below BASE, for TensorFlow Serving (docs/serving.md).

    `publish RUN_DIR BASE`, then `publish BASE --list`, `--promote` or `--rollback`.
    """
    given = {"--list": listing, "--rollback": rollback, "--promote": promotion}
    request = _only_request([name for name, is_given in given.items() if is_given])
    _refuse_contradictions(request, label, model)
    _require_paths(request, paths)
    match request:
        case "--list":
            print_versions(paths[0], model)
        case "--rollback":
            _roll_back(paths[0], label or "stable", model)
        case "--promote":
            _promote(paths[0], model)
        case _:
            _publish(paths[0], paths[1], label or "stable")


def _only_request(given: Sequence[str]) -> str:
    """What is asked for of a base; empty: to publish a run."""
    if len(given) > 1:
        raise ConfigError(f"{' and '.join(given)} are {len(given)} requests. Give one of them.")
    return given[0] if given else ""


def _refuse_contradictions(request: str, label: str | None, model: str | None) -> None:
    if request == "--list" and label is not None:
        raise ConfigError("--list shows all labels: leave --label out.")
    if request == "--promote" and label is not None:
        raise ConfigError("--promote makes the canary stable: leave --label out.")
    if model is not None and not request:
        raise ConfigError(
            "--model goes with --list, --rollback or --promote: a run knows its model."
        )


def _require_paths(request: str, paths: Sequence[Path]) -> None:
    if len(paths) == (1 if request else 2):
        return
    shown = " ".join(map(str, paths))
    expected = "BASE alone" if request else "a run and BASE"
    example = f"published {request}" if request else "runs/speech/latest published"
    raise ConfigError(
        f"publish takes {expected}; received: {shown}. As in: python -m pipelines publish {example}"
    )


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

    name = _one_model(base, model, "--rollback")
    version = roll_back(base, name, label)
    held = "nobody any more" if version is None else f"version {version}"
    _say(f"Rolled back: {name}, label {label}: {held}")


def _promote(base: Path, model: str | None) -> None:
    from shared.serving.publishing.publisher import promote

    name = _one_model(base, model, "--promote")
    version = promote(base, name)
    _say(f"Promoted: {name}, label stable: version {version}; nobody is the canary any more")


def _one_model(base: Path, model: str | None, request: str) -> str:
    names = chosen_models(base, model)
    if len(names) > 1:
        raise ConfigError(
            f"{base} has several models: {', '.join(names)}. Name one: python -m pipelines publish"
            f" {shlex.quote(str(base))} {request} --model {names[0]}"
        )
    return names[0]


def _say(text: str) -> None:
    CONSOLE.print(escape(text), soft_wrap=True, highlight=False)
