"""A version of a model, from its first being seen to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from shared.service.models.endpoint import Endpoint
from shared.service.status import Code

__all__ = ["State", "Version"]


class State(IntEnum):
    """As `ModelVersionStatus.State` in get_model_status.proto."""

    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(eq=False)
class Version:
    """A version.

    Attributes:
        model: Name of its model.
        number: Of the version.
        path: Its folder.
        state: Of its life.
        code: Why it ended before it was available; OK if it did not.
        message: Likewise, in words.
        signatures: `SignatureDefMap`; None before it is loaded.
        endpoints: The same, to be called.
    """

    model: str
    number: int
    path: Path
    state: State = State.LOADING
    code: Code = Code.OK
    message: str = ""
    signatures: Any = None
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    _num_users: int = 0
    _unused: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._unused.set()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """While the block runs, the version is not unloaded."""
        self._num_users += 1
        self._unused.clear()
        try:
            yield
        finally:
            self._num_users -= 1
            if self._num_users == 0:
                self._unused.set()

    async def unused(self) -> None:
        """Returns once nobody uses it."""
        await self._unused.wait()
