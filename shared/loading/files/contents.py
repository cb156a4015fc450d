"""What loaders need of a file, on disk or inside a prepared dataset."""

from __future__ import annotations

from typing import Protocol

__all__ = ["ContentFile"]


class _Status(Protocol):
    @property
    def st_mode(self) -> int: ...

    @property
    def st_size(self) -> int: ...


class ContentFile(Protocol):
    """A file whose content is read when it is asked for.

    A `pathlib.Path`, or a file inside a prepared dataset.
    """

    def read_bytes(self) -> bytes:
        """The content."""
        ...

    def stat(self) -> _Status:
        """The size in bytes as `st_size`, and what kind of file it is as `st_mode`."""
        ...
