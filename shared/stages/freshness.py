"""Whether artefacts can still be used: settings, inputs and code are those they were made from.

Freshness follows from the records that stages leave, not from time stamps.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.config import RunConfig, Section
from shared.errors import MissingArtefactError
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.files import MODEL, PREPROCESS, maker_of
from shared.run.fingerprints import code_fingerprint
from shared.run.records import read_record, stale_reason
from shared.stages.table import Stage, stage_named

__all__ = ["code_of", "current_inputs", "is_up_to_date"]


def code_of(context: StageContext) -> str:
    """Fingerprint of the source code that a run of this pipeline executes."""
    return code_fingerprint("shared", "data", f"pipelines/{context.pipeline.name}")


def is_up_to_date(stage: Stage, context: StageContext) -> bool:
    """Whether a stage would make what is there already.

    The first one never is: it records the settings of this very run.
    """
    record = read_record(context.run, stage.name)
    if record is None or record.code != code_of(context) or stage.name == "resolve":
        return False
    for name, fingerprint in record.outputs.items():
        if not context.run.has(name) or context.run.fingerprint(name) != fingerprint:
            return False
    try:
        return record.inputs == current_inputs(stage, context)
    except MissingArtefactError:
        return False


def current_inputs(stage: Stage, context: StageContext) -> dict[str, str]:
    """Fingerprints of settings and needed artefacts, each checked to be there and fresh.

    Raises:
        MissingArtefactError: One is missing or stale; the message names the stage to run.
    """
    run = context.run
    needs = (*stage.needs, *filter(run.has, stage.may_need))
    for name in needs:
        run.require(name)
    for maker in dict.fromkeys(map(maker_of, needs)):
        used = [name for name in needs if maker_of(name) == maker]
        _require_fresh(stage_named(maker), used, context, asked_by=stage.name)
    settings = {
        f"setting:{key}": _setting_fingerprint(context.config, key) for key in stage.settings
    }
    read = (*needs, *filter(run.has, stage.may_read))
    teacher = _teacher_inputs(context) if "train" in stage.settings else {}
    return settings | teacher | {name: run.fingerprint(name) for name in read}


def _teacher_inputs(context: StageContext) -> dict[str, str]:
    """Fingerprints of the run that this one learns from: a path says nothing of what lies there.

    A teacher that has gone since is taken for what it was, for what it taught is still true.
    """
    if context.config.train.teacher is None:
        return {}
    teacher = RunDirectory(Path(context.config.train.teacher))
    record = read_record(context.run, "train")
    known = {} if record is None else record.inputs
    found = {}
    for name in (MODEL, PREPROCESS):
        key = f"teacher:{name}"
        found[key] = teacher.fingerprint(name) if teacher.has(name) else known.get(key, "")
    return found


def _require_fresh(
    maker: Stage, artefacts: Sequence[str], context: StageContext, *, asked_by: str
) -> None:
    record = read_record(context.run, maker.name)
    if record is None:
        raise MissingArtefactError(
            f"{context.run.path}: the stage {maker.name!r} did not finish, so {asked_by!r} can't"
            f" use its files. Run first with {context.run.rerun_command(maker.name)}"
        )
    outputs = {name: context.run.fingerprint(name) for name in artefacts}
    reason = stale_reason(record, current_inputs(maker, context), outputs)
    if reason is not None:
        raise MissingArtefactError(
            f"{context.run.path}: the files of stage {maker.name!r} are stale ({reason}), so"
            f" {asked_by!r} would report something untrue. Run first with"
            f" {context.run.rerun_command(maker.name)}"
        )


def _setting_fingerprint(config: RunConfig, dotted_key: str) -> str:
    node: Any = config
    for part in dotted_key.split("."):
        node = getattr(node, part, None)  # another family's setting
    return node.decisive() if isinstance(node, Section) else repr(node)
