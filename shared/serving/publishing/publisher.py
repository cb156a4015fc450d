"""Publish a run as the next version of its model, pass labels on and give them back.

What is written when, so that a crash loses nothing: the folder under a hidden name, the record
(from then on the number is taken), the folder's name, the record with the label, `models.config`.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import UserError
from shared.reporting.model_card import render_card
from shared.run.artefacts.published_file import (
    Label,
    LabelMove,
    MoveReason,
    PublishedVersion,
)
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.directory import RunDirectory
from shared.run.fingerprints import fingerprint_path
from shared.serving.publishing.base import Base, ModelFolder
from shared.serving.publishing.durable import (
    HIDDEN,
    remove_left_overs,
    rename_durably,
    write_durably,
)
from shared.serving.publishing.proof import ProvenRun, prove
from shared.serving.publishing.server_config import (
    SERVER_CONFIG,
    render_server_config,
    require_unedited,
)

__all__ = [
    "MODEL_CARD",
    "VERSION_RECORD",
    "Publication",
    "WarmUp",
    "promote",
    "publish_run",
    "roll_back",
]

MODEL_CARD = "model_card.md"
VERSION_RECORD = "version.json"

WarmUp = Callable[[Path, SignatureRecord, Sequence[int]], None]
"""Writes warm-up requests of these batch sizes into a version folder, and tries them."""


@dataclass(frozen=True)
class Publication:
    """What was published.

    Attributes:
        folder: Of the version.
        version: What is recorded of it.
        left_overs: Of a publisher that crashed; they were removed.
    """

    folder: Path
    version: PublishedVersion
    left_overs: tuple[Path, ...]


def publish_run(run: RunDirectory, base: Path, label: Label, warm_up: WarmUp) -> Publication:
    """Publish a run as the next version of its model, which gets the label.

    Args:
        run: A finished run.
        base: Folder of all models; made if it does not exist.
        label: Which requests it shall answer.
        warm_up: As `shared.serving.publishing.warm_up.prepare_warm_up`.

    Raises:
        UserError: The run proves nothing, or the base can't take it; nothing is published.
    """
    proven = prove(run)
    root = Base.at(base)
    model = root.model(proven.signature.model)
    _refuse_entangled(run.path.resolve(), root.path, model)
    with root.changing():
        _require_sound(root, but=(model, label))
        model.path.mkdir(exist_ok=True)
        left_overs = [*remove_left_overs(root.path), *remove_left_overs(model.path)]
        version = _describe(proven, model.next_version())
        staged = model.path / f"{HIDDEN}{version.version}"
        try:
            _stage(proven, version, staged, warm_up)
            folder = _put_in_place(model, version, staged)
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        _move_labels(root, model, {label: version.version}, "publish")
    return Publication(folder, version, tuple(left_overs))


def roll_back(base: Path, name: str, label: Label) -> int | None:
    """Give a label back to the version that held it before.

    Args:
        base: Folder of all models.
        name: Of the model.
        label: Which; a canary that had no predecessor is ended.

    Returns:
        The version that holds it now; None: nobody.

    Raises:
        UserError: Nobody held it before, or that version's folder is gone.
    """
    root = Base.at(base)
    model = root.model(name)
    with root.changing():
        _require_sound(root, but=(model, label))
        before = model.read().held(label)[:-1]
        if not before and (label == "stable" or not model.read().held(label)):
            raise UserError(
                f"{model.path}: no earlier version of the model held the label {label!r}, so there"
                f" is nothing to roll back to. See python -m pipelines publish"
                f" {shlex.quote(str(root.path))} --list"
            )
        target = before[-1] if before else None
        if target is not None and not model.has_version(target):
            raise UserError(f"{model.path / str(target)} is gone. Put that version back first.")
        _move_labels(root, model, {label: target}, "rollback")
    return target


def promote(base: Path, name: str) -> int:
    """Make the canary of a model its stable version; nobody is the canary afterwards.

    Args:
        base: Folder of all models.
        name: Of the model.

    Returns:
        The version that is stable now.

    Raises:
        UserError: There is no canary, or its folder is gone.
    """
    root = Base.at(base)
    model = root.model(name)
    with root.changing():
        _require_sound(root, but=(model, "stable"))
        version = model.read().labels().get("canary")
        if version is None:
            raise UserError(
                f"{model.path}: no version of the model holds the label 'canary', so there is"
                f" nothing to promote. Publish one: python -m pipelines publish"
                f" {shlex.quote(f'runs/{name}/latest')} {shlex.quote(str(root.path))}"
                " --label canary"
            )
        _move_labels(root, model, {"stable": version, "canary": None}, "promote")
    return version


def _refuse_entangled(run: Path, root: Path, model: ModelFolder) -> None:
    """A base inside a run would change what is published, a run inside a model what is served."""
    if root.is_relative_to(run):
        raise UserError(f"BASE {root} lies inside the run {run}. Choose a folder outside of it.")
    if run.is_relative_to(model.path):
        raise UserError(
            f"BASE {root} would have the versions in {model.path}, where the run {run} lies. Choose"
            " another BASE."
        )


def _require_sound(root: Base, *, but: tuple[ModelFolder, Label]) -> None:
    """Refuse a base whose `models.config` would lose edits, or name a version that is gone.

    A publisher that was killed may have moved a label in the record alone; that is finished here.
    """
    require_unedited(root.path / SERVER_CONFIG)
    lost = [(model, *one) for model in root.models() for one in model.lost_labels().items()]
    for model, label, version in lost:
        if (model, label) != but:
            raise UserError(
                f"{model.path / str(version)} is gone, but holds the label {label!r}. Put it back,"
                f" or give the label back: python -m pipelines publish"
                f" {shlex.quote(str(root.path))} --rollback --label {label}"
                f" --model {model.path.name}"
            )
    _write_server_config(root)


def _describe(proven: ProvenRun, number: int) -> PublishedVersion:
    report = proven.report
    brief = None if report is None else report.brief
    metric = None if report is None else report.primary_metric
    result = None if report is None else report.metrics.get(report.primary_metric)
    return PublishedVersion(
        version=number,
        run=proven.run.path.resolve().name,
        commit=proven.commit,
        published_at=_now(),
        weights_sha256=proven.signature.weights_sha256,
        saved_model_sha256=proven.saved_model_sha256,
        decision=None if brief is None else brief.decision,
        finding=None if brief is None else brief.finding,
        metric=metric,
        result=result,
    )


def _stage(proven: ProvenRun, version: PublishedVersion, staged: Path, warm_up: WarmUp) -> None:
    """The whole version under its hidden name."""
    shutil.copytree(proven.saved_model, staged)
    if fingerprint_path(staged) != proven.saved_model_sha256:
        raise UserError(f"{proven.saved_model} changed while it was copied. Publish it again.")
    extra = staged / "assets.extra"
    extra.mkdir()
    for name in proven.papers:
        shutil.copyfile(proven.run / name, extra / name)
    if proven.report is not None:
        (extra / MODEL_CARD).write_text(render_card(proven.report), encoding="utf-8")
    (extra / VERSION_RECORD).write_text(version.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if prove(proven.run) != proven:
        raise UserError(f"{proven.run.path} changed while it was copied. Publish it again.")
    warm_up(staged, proven.signature, sorted({1, max(proven.parity.batch_sizes)}))


def _put_in_place(model: ModelFolder, version: PublishedVersion, staged: Path) -> Path:
    record = model.read()
    model.write(record.model_copy(update={"versions": (*record.versions, version)}))
    final = model.path / str(version.version)
    rename_durably(staged, final)
    return final


def _move_labels(
    root: Base, model: ModelFolder, to: Mapping[Label, int | None], reason: MoveReason
) -> None:
    """All of them in one record, so that a crash between two leaves neither half."""
    now = _now()
    moves = [
        LabelMove(label=label, reason=reason, version=version, moved_at=now)
        for label, version in to.items()
    ]
    record = model.read()
    model.write(record.model_copy(update={"moves": (*record.moves, *moves)}))
    _write_server_config(root)


def _write_server_config(root: Base) -> None:
    """If it does not say already what the records say."""
    path = root.path / SERVER_CONFIG
    said = path.read_text(encoding="utf-8") if path.exists() else render_server_config([])
    text = render_server_config([one.read() for one in root.models()])
    if text != said:
        write_durably(path, text)


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
