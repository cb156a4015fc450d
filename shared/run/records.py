"""What each stage leaves in `.stages/<stage>.json`.

From which inputs, and by which code, its artefacts were made.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import MissingArtefactError
from shared.run.directory import RunDirectory

__all__ = ["StageRecord", "read_record", "stale_reason", "write_record"]


class StageRecord(BaseModel):
    """One finished stage.

    Attributes:
        stage: Its name.
        code: Fingerprint of the source code that ran.
        inputs: Fingerprint of each artefact and setting it read.
        outputs: Fingerprint of each artefact it wrote.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    code: str
    inputs: dict[str, str]
    outputs: dict[str, str]


def read_record(run: RunDirectory, stage: str) -> StageRecord | None:
    """The record of a stage's last finished run, or None if it never finished here.

    Raises:
        MissingArtefactError: The record is damaged.
    """
    name = _record_name(stage)
    if not run.has(name):
        return None
    try:
        return StageRecord.model_validate(run.read_json(name, maker=stage))
    except ValidationError as error:
        raise MissingArtefactError(
            f"{run / name} is not a record of the stage {stage!r}. Make it again with"
            f" {run.rerun_command(stage)}"
        ) from error


def write_record(run: RunDirectory, record: StageRecord) -> None:
    """Remember a finished stage."""
    run.write_json(_record_name(record.stage), record.model_dump())


def stale_reason(
    record: StageRecord, inputs: Mapping[str, str], outputs: Mapping[str, str]
) -> str | None:
    """Why a stage's artefacts can't be used any more, in words; None if they can.

    Args:
        record: What the stage left.
        inputs: Its inputs as they are now.
        outputs: Those of its artefacts that are about to be used, as they are now.
    """
    for name in sorted(record.inputs.keys() | inputs.keys()):
        if record.inputs.get(name) != inputs.get(name):
            kind, _, key = name.partition("setting:")
            return (
                f"the setting {key!r} has changed since"
                if key and not kind
                else f"{name} has changed since"
            )
    for name, fingerprint in outputs.items():
        if record.outputs.get(name) != fingerprint:
            return f"{name} was edited after the stage wrote it"
    return None


def _record_name(stage: str) -> str:
    return f".stages/{stage}.json"
