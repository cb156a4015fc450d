"""Prepared examples on disk, so that the second run does not decode them again.

    <folder>/<key>/          records of one split, as `record_file` writes them
    <folder>/<key>.lock      held by whoever looks at or fills the entry
    <folder>/<key>.writing/  not finished: never read, removed by the next who comes

An entry appears by renaming a finished folder, so that a crash leaves nothing that looks finished.
Its key names everything that it was made from; what was made otherwise has another key.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Self

from filelock import FileLock, Timeout
from numpy.typing import NDArray

from shared.config import RunConfig
from shared.config.setting_text import set_option
from shared.contract import Provenance
from shared.errors import DataError
from shared.loading.batches.record_file import Field, RecordFile, write_records
from shared.run.fingerprints import code_fingerprint
from shared.run.progress import Progress

__all__ = ["PreparedCache", "open_cache"]

_UNUSABLE = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EFBIG,
        errno.ENOTDIR,
        errno.EEXIST,
    }
)
"""No space, no quota, not writable, or a file in the folder's place: training goes on without the
cache, and says so."""


@dataclass(frozen=True)
class PreparedCache:
    """A folder of prepared splits, shared by all runs.

    Attributes:
        folder: Where it lies; made when first used.
        limit_bytes: Largest size of all entries together; the least recently used ones are removed
            to make room.
        origin: Fingerprint of what all entries of this run have in common: the source's content and
            the code that reads it.
    """

    folder: Path
    limit_bytes: int
    origin: str

    def key(self, *fingerprints: str) -> str:
        """Name of the entry that is made from this origin.

        Args:
            *fingerprints: Of everything else that decides the content.
        """
        decisive = "\n".join((self.origin, *fingerprints))
        return hashlib.sha256(decisive.encode()).hexdigest()[:32]

    def open_or_make(
        self,
        key: str,
        fields: Iterable[Field],
        num_records: int,
        chunks: Callable[[], Iterable[Mapping[str, NDArray[Any]]]],
        progress: Progress,
    ) -> RecordFile | None:
        """The records of an entry: as another run left them, or made now.

        Of several runs that ask at once, one makes them.

        Args:
            key: From `key`.
            fields: What a record holds.
            num_records: How many there will be.
            chunks: Makes them, a chunk of rows at a time.
            progress: Is told where the entry lies, and whether it was there.

        Returns:
            None if the entry is larger than the limit or the disk refuses; the reason is told.
        """
        fields = tuple(fields)
        num_bytes = num_records * sum(field.num_bytes for field in fields)
        if num_bytes > self.limit_bytes:
            progress.log(self._too_small_for(num_bytes))
            return None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._locked(key, progress):
                return self._open(key, progress) or self._make(
                    key, fields, num_bytes, chunks, progress
                )
        except OSError as error:
            if error.errno not in _UNUSABLE:
                raise
            progress.log(
                f"not kept on disk: {self.folder} can't be used ({error.strerror}); choose another,"
                f" such as {set_option('data.cache_dir', './cache')}"
            )
            return None

    def _too_small_for(self, num_bytes: int) -> str:
        """With room for training and validation of that size."""
        more = set_option("data.cache_disk_limit_mib", -(-2 * num_bytes // 2**20))
        return (
            f"not kept on disk: {_size(num_bytes)} exceed"
            f" data.cache_disk_limit_mib={self.limit_bytes // 2**20}; if the disk has room: {more}"
        )

    def _open(self, key: str, progress: Progress) -> RecordFile | None:
        entry = self.folder / key
        if not entry.exists():
            return None
        try:
            records = RecordFile(entry)
            reason = (
                None if records.is_intact() else "its records are not the ones that were written"
            )
        except DataError as error:
            reason = str(error)
        if reason is not None:
            progress.log(f"the cache entry {entry} is damaged and made again: {reason}")
            self._remove(key)
            return None
        os.utime(entry)
        progress.log(f"prepared examples found on disk, {_size(records.num_bytes)}")
        return records

    def _make(
        self,
        key: str,
        fields: tuple[Field, ...],
        num_bytes: int,
        chunks: Callable[[], Iterable[Mapping[str, NDArray[Any]]]],
        progress: Progress,
    ) -> RecordFile:
        self._make_room(num_bytes, progress)
        entry = self.folder / key
        unfinished = self._unfinished(key)
        # Of a writer that crashed; a living one would hold the lock.
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            unfinished.mkdir()
            write_records(unfinished, fields, chunks())
            unfinished.rename(entry)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        progress.log(f"prepared examples kept on disk, {_size(num_bytes)}")
        return RecordFile(entry)

    def _make_room(self, num_bytes: int, progress: Progress) -> None:
        """Remove entries until `num_bytes` more fit under the limit.

        First what crashed writers left, then the least recently used.
        """
        for path in self.folder.glob("*.writing"):
            with self._unless_busy(path.stem) as is_mine:
                if is_mine:
                    shutil.rmtree(path, ignore_errors=True)
        entries = sorted(
            filter(None, (_Entry.at(path) for path in self.folder.iterdir() if not path.suffix))
        )
        excess = sum(entry.num_bytes for entry in entries) + num_bytes - self.limit_bytes
        for entry in entries:
            if excess <= 0:
                return
            with self._unless_busy(entry.key) as is_mine:
                if is_mine:
                    self._remove(entry.key)
                    excess -= entry.num_bytes
                    progress.log(
                        f"removed the least recently used cache entry: {self.folder / entry.key},"
                        f" {_size(entry.num_bytes)}"
                    )

    def _remove(self, key: str) -> None:
        # First out of its name, so that it is never seen half removed. Who has it open reads on:
        # the bytes go with the last reader.
        unfinished = self._unfinished(key)
        shutil.rmtree(unfinished, ignore_errors=True)
        with suppress(FileNotFoundError):  # another run was faster
            (self.folder / key).rename(unfinished)
        shutil.rmtree(unfinished, ignore_errors=True)

    def _unfinished(self, key: str) -> Path:
        return self.folder / f"{key}.writing"

    def _lock(self, key: str) -> FileLock:
        return FileLock(self.folder / f"{key}.lock")

    @contextmanager
    def _unless_busy(self, key: str) -> Iterator[bool]:
        lock = self._lock(key)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    @contextmanager
    def _locked(self, key: str, progress: Progress) -> Iterator[None]:
        lock = self._lock(key)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress.log(
                f"another run is preparing the same examples; waiting for it: {self.folder / key}"
            )
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def open_cache(config: RunConfig, provenance: Provenance) -> PreparedCache | None:
    """The cache that `data.cache_dir` names, for examples of one source.

    None if `data.cache_disk_limit_mib` is 0.

    Any change of the code that reads, decodes or prepares, and any setting that may change what is
    read, gives other entries.
    """
    if config.data.cache_disk_limit_mib == 0:
        return None
    # The checksum stands for the source, wherever it lies.
    data = config.data.model_copy(update={"source": "", "manual_dir": None})
    settings = data.decisive()
    code = code_fingerprint("shared/loading", "data", f"pipelines/{config.pipeline}")
    libraries = (version("tensorflow"), version("keras"))
    origin = "\n".join((provenance.checksum, settings, code, *libraries))
    folder = Path(config.data.cache_dir) / "prepared"
    return PreparedCache(folder, config.data.cache_disk_limit_mib * 2**20, origin)


class _Entry(NamedTuple):
    last_used_ns: int
    key: str
    num_bytes: int

    @classmethod
    def at(cls, path: Path) -> Self | None:
        try:
            num_bytes = sum(file.stat().st_size for file in path.iterdir())
            return cls(path.stat().st_mtime_ns, path.name, num_bytes)
        except (FileNotFoundError, NotADirectoryError):
            return None  # removed by another run meanwhile, or nothing of ours


def _size(num_bytes: int) -> str:
    return f"{num_bytes / 2**20:,.1f} MiB"
