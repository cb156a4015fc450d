"""The base: one folder for each model, `models.config`, and the lock of whoever changes them.

BASE/models.config           what TensorFlow Serving loads, and who holds which label
BASE/<model>/published.json  every version, every move of a label
BASE/<model>/<version>/      a SavedModel, with its papers in assets.extra/
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from shared.errors import UserError
from shared.run.artefacts.published_file import (
    HIGHEST_VERSION,
    PUBLISHED,
    Label,
    PublishedRecord,
)
from shared.serving.publishing.durable import write_durably

__all__ = ["Base", "ModelFolder"]

_LOCK = ".publish.lock"
_PATIENCE_SECONDS = 60.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*", re.ASCII)
_VERSION = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True)
class ModelFolder:
    """One model below a base.

    Attributes:
        path: Its folder, which need not exist yet.
    """

    path: Path

    def read(self) -> PublishedRecord:
        """What was published of it so far.

        Raises:
            UserError: Its record is damaged, or of another model.
        """
        path = self.path / PUBLISHED
        if not path.exists():
            return PublishedRecord(model=self.path.name)
        advice = "Put back a copy of it: without it nobody knows who holds which label."
        try:
            record = PublishedRecord.model_validate_json(path.read_text(encoding="utf-8"))
        except (ValueError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{path} is no record of this version ({reason}). {advice}") from error
        if record.model != self.path.name:
            raise UserError(f"{path} is of the model {record.model!r}. {advice}")
        return record

    def write(self, record: PublishedRecord) -> None:
        """Replace its record at once."""
        write_durably(self.path / PUBLISHED, record.model_dump_json(indent=2) + "\n")

    def next_version(self) -> int:
        """A number that neither a folder nor the record has ever had, above all others.

        Raises:
            UserError: There is none left.
        """
        used = {one.version for one in self.read().versions} | {0}
        names = [item.name for item in self.path.iterdir()] if self.path.exists() else []
        used |= {int(name) for name in names if _VERSION.fullmatch(name)}
        number = max(version for version in used if version <= HIGHEST_VERSION) + 1
        if number > HIGHEST_VERSION:
            raise UserError(
                f"{self.path} has a folder named {HIGHEST_VERSION}, the highest number that a"
                " server knows. Rename that folder."
            )
        return number

    def lost_labels(self) -> dict[Label, int]:
        """Labels whose version has no folder any more."""
        held = self.read().labels().items()
        return {label: version for label, version in held if not self.has_version(version)}

    def has_version(self, number: int) -> bool:
        """Whether a version's folder is there; a link, which may lead anywhere, is none."""
        folder = self.path / str(number)
        return folder.is_dir() and not folder.is_symlink()


@dataclass(frozen=True)
class Base:
    """The folder below which models are published.

    Attributes:
        path: Without links.
    """

    path: Path

    @classmethod
    def at(cls, path: Path) -> Base:
        """The base at a path as the user gave it."""
        return cls(path.resolve())

    def model(self, name: str) -> ModelFolder:
        """The folder of a model.

        Raises:
            UserError: The name could lead out of the base, or something else is in its place.
        """
        if _NAME.fullmatch(name) is None:
            raise UserError(
                f"{name!r} can't be a model's name: it names a folder of {self.path}. Expected are"
                " letters, digits, '_', '-' and '.', first a letter or digit."
            )
        path = self.path / name
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise UserError(
                f"{path} is a link or a file, where the model's folder belongs. Move it away, or"
                " choose another BASE."
            )
        return ModelFolder(path)

    def models(self) -> list[ModelFolder]:
        """Every model that was published here, by name.

        Raises:
            UserError: There is no such base.
        """
        if not self.path.is_dir():
            raise UserError(
                f"{self.path}: there is no such folder. Publish a run into it first:"
                f" python -m pipelines publish runs/speech/latest {shlex.quote(str(self.path))}"
            )
        found = [path for path in sorted(self.path.iterdir()) if _NAME.fullmatch(path.name)]
        return [
            ModelFolder(path)
            for path in found
            if not path.is_symlink() and (path / PUBLISHED).is_file()
        ]

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the base for one publisher; another waits for a minute.

        Raises:
            UserError: It can't be written, or the other publisher does not end.
        """
        lock = FileLock(self.path / _LOCK, timeout=_PATIENCE_SECONDS)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with lock:
                yield
        except Timeout as error:
            raise UserError(
                f"{self.path}: another process is publishing here for"
                f" {_PATIENCE_SECONDS:.0f} seconds already. Try again once it has ended."
            ) from error
        except OSError as error:
            raise UserError(
                f"Can't publish into {self.path}: {_reason(error)}. Choose a writable BASE, or free"
                " the disk."
            ) from error


def _reason(error: OSError) -> str:
    """What the system says; of a folder's copy, which tells of every file, only the first."""
    if isinstance(error, shutil.Error):
        return str(error.args[0][0][-1])
    return f"{error.strerror} ({error.filename})" if error.filename else str(error.strerror)
