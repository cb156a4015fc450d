"""From finished parts to the whole output, in the memory of a few blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from shared.errors import RunDirectoryError, UserError
from shared.run.directory import RunDirectory
from shared.serving.batch.table_bytes import TableBytes

__all__ = ["assemble"]

_BLOCKS_OF_A_ROW_GROUP = 16


def assemble(parts: Sequence[Path], output_path: Path, num_inputs: int) -> None:
    """Write the table of all shards, block by block in the order of the inputs.

    Args:
        parts: Of all shards, in order, in the form "arrow". They stay.
        output_path: Where the table goes, `.csv` or `.parquet`; replaced at once.
        num_inputs: Rows that it must have.

    Raises:
        UserError: It can't be written, or the parts do not hold these rows.
    """
    try:
        with RunDirectory(output_path.parent).replacing(output_path.name) as temporary:
            num_rows = _write(parts, temporary, is_csv=output_path.suffix.lower() == ".csv")
            if num_rows != num_inputs:
                raise UserError(
                    f"The parts of {output_path.name} hold {num_rows:,} rows, and there are"
                    f" {num_inputs:,} inputs: a part was changed. Remove the parts, and score anew."
                )
    except (OSError, RunDirectoryError) as error:
        inner = error.__cause__ if isinstance(error.__cause__, OSError) else error
        cause = getattr(inner, "strerror", None) or str(inner)
        raise UserError(
            f"{output_path} can't be written ({cause}). Free the disk, and call the same command"
            " again with --resume."
        ) from error


def _write(parts: Sequence[Path], path: Path, *, is_csv: bool) -> int:
    """The number of rows written."""
    readers = [pa.ipc.open_stream(pa.OSFile(str(part))) for part in parts]
    return _write_csv(readers, path) if is_csv else _write_parquet(readers, path)


def _write_csv(readers: Sequence[pa.RecordBatchStreamReader], path: Path) -> int:
    lines = TableBytes("csv", readers[0].schema.empty_table().to_pandas())
    num_rows = 0
    with path.open("wb") as stream:
        stream.write(lines.head)
        for batch in _in_order(readers):
            stream.write(lines.rows(batch.to_pandas()))
            num_rows += batch.num_rows
    return num_rows


def _write_parquet(readers: Sequence[pa.RecordBatchStreamReader], path: Path) -> int:
    schema = readers[0].schema
    num_rows = 0
    waiting: list[pa.RecordBatch] = []
    with pq.ParquetWriter(path, schema) as writer:
        for batch in _in_order(readers):
            waiting.append(batch)
            num_rows += batch.num_rows
            if len(waiting) == _BLOCKS_OF_A_ROW_GROUP:
                _write_row_group(writer, waiting)
                waiting = []
        if waiting:
            _write_row_group(writer, waiting)
    return num_rows


def _write_row_group(writer: pq.ParquetWriter, batches: Sequence[pa.RecordBatch]) -> None:
    table = pa.Table.from_batches(batches)
    writer.write_table(table, row_group_size=max(1, table.num_rows))


def _in_order(readers: Sequence[pa.RecordBatchStreamReader]) -> Iterator[pa.RecordBatch]:
    """Block by block: each shard has one of as many blocks as there are shards."""
    for number in count():
        batch = next(iter(readers[number % len(readers)]), None)
        if batch is None:
            return
        yield batch
