"""A run directory: typed paths, atomic writes, fingerprints of what is in it.

runs/<pipeline>/<run-id>/
    config.json  environment.json  data.json  train.json  metrics.json  fairness.json  …
    report.html .stages/<stage>.json      fingerprints of the stage's inputs and outputs
"""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shared.errors import MissingArtefactError, RunDirectoryError
from shared.run.files import maker_of
from shared.run.fingerprints import fingerprint_path
from shared.run.rerun_command import finish_command, rerun_command

__all__ = ["RunDirectory"]

_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
"""No space, no quota, no longer writable, too large: of the disk, not of the code that writes."""


class RunDirectory:
    """All reading and writing of one run's files.

    A message about a missing or damaged file names the stage that makes it. `shared.run.files`
    knows which; only of what no stage makes it has to be told the `maker`.

    Args:
        path: The directory. Nothing is created before the first write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fingerprints: dict[tuple[str, int, int], str] = {}

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def rerun_command(self, stages: str) -> str:
        """What makes files of this run again; `stages` are names, divided by commas."""
        return rerun_command(stages, self.path)

    def has(self, name: str) -> bool:
        """Whether the artefact (a file or folder, relative to the run) exists."""
        return (self.path / name).exists()

    def require(self, name: str, maker: str | None = None) -> Path:
        """The path of an artefact that must exist.

        Raises:
            MissingArtefactError: It does not; the message names the stage that makes it.
        """
        maker = maker or maker_of(name)
        if not self.has(name):
            raise MissingArtefactError(
                f"{self.path / name} is missing. The stage {maker!r} makes it. Make all that is"
                f" missing with {finish_command(self.path)}"
            )
        return self.path / name

    def require_file(self, name: str, maker: str | None = None) -> Path:
        """Likewise, of an artefact that is a file.

        Raises:
            MissingArtefactError: It does not exist, or is a folder or pipe.
        """
        path = self.require(name, maker)
        if not path.is_file():
            raise MissingArtefactError(
                f"{path} is not a file. Remove it, and make it again with"
                f" {self.rerun_command(maker or maker_of(name))}"
            )
        return path

    def read_json(self, name: str, maker: str | None = None) -> Any:
        """Parse a JSON artefact."""
        path = self.require_file(name, maker)
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise MissingArtefactError(
                f"{path} is not valid JSON ({error}). Make it again with"
                f" {self.rerun_command(maker or maker_of(name))}"
            ) from error

    def fingerprint(self, name: str) -> str:
        """SHA-256 (hex) of an existing artefact; files that did not change are not read again."""
        path = self.path / name
        if path.is_dir():
            return fingerprint_path(path)
        state = path.stat()
        key = (name, state.st_mtime_ns, state.st_size)
        if key not in self._fingerprints:
            self._fingerprints[key] = fingerprint_path(path)
        return self._fingerprints[key]

    def write_json(self, name: str, value: Any) -> None:
        """Write stable JSON: sorted keys, NaN refused."""
        self.write_text(
            name,
            json.dumps(value, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n",
        )

    def write_text(self, name: str, text: str) -> None:
        """Write a UTF-8 text file at once: readers see the old content or the new, never half."""
        with self.replacing(name) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def read_table(self, name: str, maker: str | None = None) -> pd.DataFrame:
        """Read a Parquet artefact."""
        path = self.require_file(name, maker)
        try:
            return pd.read_parquet(path)
        except (
            OSError,
            ValueError,
            TypeError,
            LookupError,
            NotImplementedError,
            MemoryError,
        ) as error:
            raise MissingArtefactError(
                f"{path} is not a readable Parquet file ({error}). Make it again with"
                f" {self.rerun_command(maker or maker_of(name))}"
            ) from error

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a Parquet table at once."""
        with self.replacing(name) as temporary:
            table.to_parquet(temporary, index=False)

    def write_table_in_pieces(self, name: str, pieces: Iterable[pd.DataFrame]) -> None:
        """Write a Parquet table whose rows come a piece at a time, all with the same columns."""
        with self.replacing(name) as temporary, ExitStack() as opened:
            writer = None
            for piece in pieces:
                rows = pa.Table.from_pandas(piece, preserve_index=False)
                if writer is None:
                    writer = opened.enter_context(pq.ParquetWriter(temporary, rows.schema))
                writer.write_table(rows)

    def write_folder(self, name: str, fill: Callable[[Path], None]) -> None:
        """Let `fill` write into a fresh folder, then put it in place of `name` by renaming."""
        with self.replacing(name) as temporary:
            temporary.mkdir()
            fill(temporary)

    @contextmanager
    def replacing(self, name: str) -> Iterator[Path]:
        """A temporary path beside `name`, with the same suffixes.

        It takes the name's place if the block succeeds.

        Raises:
            RunDirectoryError: The directory can't be written, or the disk is full.
        """
        final = self.path / name
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            holder = Path(tempfile.mkdtemp(prefix=".writing-", dir=final.parent))
        except OSError as error:
            raise RunDirectoryError(
                f"Can't write {final} ({error.strerror}). Choose a writable place with --run-dir"
                " or free the disk."
            ) from error
        try:
            yield holder / final.name
            # A file system's clock may be too coarse to tell two writes of one size apart.
            self._fingerprints = {
                key: value for key, value in self._fingerprints.items() if key[0] != name
            }
            if final.is_dir() and not final.is_symlink():
                final.replace(holder / "previous")
            (holder / final.name).replace(final)
        except OSError as error:
            if error.errno not in _DISK_ERRORS:
                raise
            raise RunDirectoryError(
                f"Can't write {final} ({error.strerror}). Free the disk, or choose another with"
                " --run-dir."
            ) from error
        finally:
            shutil.rmtree(holder, ignore_errors=True)
