"""What a JSON artefact of a run is: one frozen model, with its file and its version.

To add an artefact:

1. Write its model in this folder, as `calibration_file.py` does: a subclass of `Artefact` with the
   class variable `file` (of `shared/run/files.py`) and the field `schema_version: Literal[1] = 1`.
   Give each block inside it a subclass of `shared.block.Block`. A number with an interval is a
   `shared.statistics.intervals.Estimate`, or a subclass of it where the block has more to say.
2. The stage builds it and calls `record.write(run)`; everyone else calls `Model.read(run)`.
3. Add the class to `ARTEFACTS` in `schemas.py` and run `make schemas`.

Raise `schema_version` whenever a key is added, renamed, removed or given another meaning. A run
that another version made is then refused with the stage to run again, never half understood.
"""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import ValidationError

from shared.block import Block
from shared.errors import MissingArtefactError
from shared.run.directory import RunDirectory
from shared.run.files import maker_of

__all__ = ["Artefact"]


class Artefact(Block):
    """One JSON file of a run.

    Attributes:
        file: Its name in the run directory; `shared/run/files.py` knows which stage makes it.
        schema_version: Of the file's keys and their meaning. Subclasses narrow it to one `Literal`
            with a default, which makes it the only version that they read.
    """

    file: ClassVar[str]
    schema_version: int

    @classmethod
    def read(cls, run: RunDirectory) -> Self:
        """The run's file, checked.

        Raises:
            MissingArtefactError: It is missing, is no JSON, or was made by another version.
        """
        content = run.read_json(cls.file)
        maker = maker_of(cls.file)
        again = f"Make it again with {run.rerun_command(maker)}"
        made_by = content.get("schema_version") if isinstance(content, dict) else None
        if made_by != cls.form():
            raise MissingArtefactError(
                f"Another version of Plumbline made {run / cls.file}: its schema_version is"
                f" {made_by}, this version reads {cls.form()}. {again}"
            )
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            fault = error.errors()[0]
            key = ".".join(str(step) for step in fault["loc"])
            raise MissingArtefactError(
                f"{run / cls.file} is not as the stage {maker!r} writes it: {key}:"
                f" {fault['msg']}. {again}"
            ) from error

    def write(self, run: RunDirectory) -> None:
        """Write the run's file."""
        run.write_json(self.file, self.model_dump(mode="json"))

    @classmethod
    def form(cls) -> int:
        """The only `schema_version` that this class reads and writes."""
        default: int = cls.model_fields["schema_version"].default
        return default
