"""What the data stage recorded, as far as evaluation and fairness need it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from shared.errors import MissingArtefactError
from shared.run.directory import RunDirectory
from shared.targets import Target

__all__ = ["RecordedData", "read_recorded_data"]

_TARGET: TypeAdapter[Target] = TypeAdapter(Target)


@dataclass(frozen=True)
class RecordedData:
    """A reading of `data.json`.

    Attributes:
        target: What is predicted.
        class_counts: Class name -> rows in the training split; None for forecasts.
        conditions: Group attributes that describe circumstances; all others describe people.
        notes: Sentences of the source about itself.
        groups: Attribute -> value -> rows, over the whole source.
    """

    target: Target
    class_counts: dict[str, int] | None
    conditions: tuple[str, ...]
    notes: tuple[str, ...]
    groups: dict[str, dict[str, int]]


def read_recorded_data(run: RunDirectory) -> RecordedData:
    """Read `data.json`.

    Raises:
        MissingArtefactError: It is missing, or lacks what its maker writes today.
    """
    recorded = run.read_json("data.json", maker="data")
    try:
        return RecordedData(
            target=_TARGET.validate_python(recorded["target"]),
            class_counts=recorded["splits"]["train"]["classes"],
            conditions=tuple(recorded["provenance"]["conditions"]),
            notes=tuple(recorded["provenance"]["notes"]),
            groups=recorded["groups"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MissingArtefactError(
            f"{run / 'data.json'} is not as the stage 'data' writes it ({error!r}). Make it again."
        ) from error
