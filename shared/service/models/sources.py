"""Where models come from: a base that `publish` fills, or one finished run."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shared.errors import UserError
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.directory import RunDirectory
from shared.run.files import CONFIG, SAVED_MODEL
from shared.serving.publishing.base import Base

__all__ = ["Source", "Wanted", "find_wanted", "open_source"]


@dataclass(frozen=True)
class Wanted:
    """What should be served of one model.

    Attributes:
        model: Its name.
        versions: Number -> folder, which need not exist.
        labels: Label -> number.
    """

    model: str
    versions: Mapping[int, Path]
    labels: Mapping[str, int]


class Source(Protocol):
    """Whatever knows models."""

    def find(self) -> list[Wanted]:
        """What should be served now.

        Raises:
            UserError: A record is damaged.
        """


@dataclass(frozen=True)
class _PublishedBase:
    """Serves what holds a label, as `models.config` says to TensorFlow Serving."""

    base: Base

    def find(self) -> list[Wanted]:
        """All models of the base."""
        found = []
        for folder in self.base.models():
            labels = {str(label): number for label, number in folder.read().labels().items()}
            versions = {number: folder.path / str(number) for number in labels.values()}
            found.append(Wanted(folder.path.name, versions, labels))
        return found


@dataclass(frozen=True)
class _FinishedRun:
    """Serves its export, without labels."""

    run: RunDirectory

    def find(self) -> list[Wanted]:
        """Its model."""
        signature = SignatureRecord.read(self.run)
        path = self.run.require(f"{SAVED_MODEL}/{signature.version}")
        return [Wanted(signature.model, {signature.version: path}, {})]


def open_source(path: Path) -> Source:
    """What a path given by a person is; links are followed once, here.

    Raises:
        UserError: It is neither.
    """
    resolved = path.resolve()
    if (resolved / CONFIG).is_file():
        return _FinishedRun(RunDirectory(resolved))
    base = Base.at(path)
    if not base.models():
        raise UserError(
            f"{path} is neither a finished run (it has no {CONFIG}) nor a base that holds published"
            " models. Publish a run into it first: python -m pipelines publish runs/speech/latest"
            f" {shlex.quote(str(path))}"
        )
    return _PublishedBase(base)


def find_wanted(sources: Iterable[Source]) -> dict[str, Wanted]:
    """Model -> what is wanted of it, of all sources.

    Raises:
        UserError: Two sources have a model of one name, or a record is damaged.
    """
    found: dict[str, Wanted] = {}
    for source in sources:
        for wanted in source.find():
            if wanted.model in found:
                raise UserError(
                    f"Two of the folders have a model named {wanted.model!r}, which could not be"
                    " told apart by clients. Give one of them, or publish both into one base as"
                    " versions of it."
                )
            found[wanted.model] = wanted
    return found
