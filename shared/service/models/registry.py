"""Which versions can be asked, under which numbers and labels; followed while the folders change.

A new version is loaded before the one that it replaces is let go, and that one answers the requests
it has. If a new one can't be loaded, the old one stays.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from shared.errors import PlumblineError
from shared.service.models.endpoint import endpoints_of
from shared.service.models.sources import Source, Wanted, find_wanted
from shared.service.models.version import State, Version
from shared.service.status import Code, RequestError

__all__ = ["Loader", "Registry"]

_LOG = logging.getLogger("plumbline.serve")
_MOST_ATTEMPTS = 3
"""To load a version during which workers die."""


class Loader(Protocol):
    """Whatever holds models in memory."""

    async def load(self, path: Path) -> Any:
        """Load a version folder; returns its `SignatureDefMap`."""

    async def unload(self, path: Path) -> None:
        """Let go of it."""


class Registry:
    """The versions of all models.

    Args:
        sources: Where they come from.
        loader: Who loads them.
    """

    def __init__(self, sources: Sequence[Source], loader: Loader) -> None:
        self._sources = sources
        self._loader = loader
        self._versions: dict[str, dict[int, Version]] = {}
        self._labels: dict[str, dict[str, int]] = {}
        self._attempts: dict[Path, int] = {}

    @property
    def models(self) -> list[str]:
        """Names of all models."""
        return sorted(self._versions)

    def available(self, model: str) -> list[Version]:
        """Versions that answer, by number."""
        versions = sorted(self._versions.get(model, {}).items())
        return [version for _, version in versions if version.state == State.AVAILABLE]

    def labels(self, model: str) -> Mapping[str, int]:
        """Label -> version, of those that answer."""
        return self._labels.get(model, {})

    @property
    def is_ready(self) -> bool:
        """Whether every model has a version that answers."""
        return bool(self._versions) and all(map(self.available, self._versions))

    def find(self, model: str, number: int | None = None, label: str | None = None) -> Version:
        """The version that a request is for; the highest, if it does not say.

        Raises:
            RequestError: There is none that answers.
        """
        if label is not None:
            number = self.labels(model).get(label)
            if number is None:
                text = f"Unrecognized servable version label: {label}"
                raise RequestError(Code.INVALID_ARGUMENT, text)
        found = [one for one in self.available(model) if number in (None, one.number)]
        if not found:
            wanted = f"Latest({model})" if number is None else f"Specific({model}, {number})"
            raise RequestError(Code.NOT_FOUND, f"Servable not found for request: {wanted}")
        return found[-1]

    def statuses(self, model: str, number: int | None = None) -> list[Version]:
        """All versions of a model that ever were, the highest first; or one of them.

        Raises:
            RequestError: There is none.
        """
        versions = self._versions.get(model, {})
        if number is not None:
            if number not in versions:
                text = f"Could not find version {number} of model {model}"
                raise RequestError(Code.NOT_FOUND, text)
            return [versions[number]]
        if not versions:
            raise RequestError(Code.NOT_FOUND, f"Could not find any versions of model {model}")
        return [version for _, version in sorted(versions.items(), reverse=True)]

    async def refresh(self) -> None:
        """Look into the folders, and load and let go what has changed.

        Raises:
            UserError: A source can't be read.
        """
        found = await asyncio.to_thread(find_wanted, self._sources)
        for wanted in found.values():
            await self._follow(wanted)

    async def follow(self, seconds: float) -> None:
        """Refresh for ever; a source that can't be read is told, and asked again."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.refresh()
            except (PlumblineError, OSError) as error:  # a file may vanish as it is looked at
                _LOG.warning("%s", error)

    async def _follow(self, wanted: Wanted) -> None:
        versions = self._versions.setdefault(wanted.model, {})
        for number, path in sorted(wanted.versions.items()):
            if self._is_to_load(versions.get(number)):
                versions[number] = Version(wanted.model, number, path)
                await self._load(versions[number])
        answering = {version.number for version in self.available(wanted.model)}
        kept = {
            label: number
            for label, number in self.labels(wanted.model).items()
            if label in wanted.labels
        }
        new = {label: one for label, one in wanted.labels.items() if one in answering}
        self._labels[wanted.model] = kept | new
        if answering >= wanted.versions.keys():
            for number in answering - wanted.versions.keys():
                await self._let_go(versions[number])

    def _is_to_load(self, version: Version | None) -> bool:
        """A version that was let go is loaded again when it is wanted again."""
        if version is None:
            return True
        if version.code == Code.UNAVAILABLE:  # a worker died meanwhile
            return self._attempts.get(version.path, 0) < _MOST_ATTEMPTS
        return version.state == State.END and version.code == Code.OK

    async def _load(self, version: Version) -> None:
        name = f"{version.model}, version {version.number}"
        self._attempts[version.path] = self._attempts.get(version.path, 0) + 1
        try:
            version.signatures = await self._loader.load(version.path)
        except RequestError as error:
            version.state = State.END
            version.code = error.code
            version.message = error.message
            _LOG.warning("%s can't be loaded: %s", name, error)
            return
        version.endpoints = endpoints_of(version.signatures)
        version.state = State.AVAILABLE
        _LOG.info("%s answers.", name)

    async def _let_go(self, version: Version) -> None:
        version.state = State.UNLOADING
        await version.unused()
        await self._loader.unload(version.path)
        version.state = State.END
        _LOG.info("%s, version %s was let go.", version.model, version.number)
