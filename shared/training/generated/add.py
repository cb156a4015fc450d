"""Rows that the pipeline makes for training: made once, judged, kept in the run, or refused."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from shared.contract import UNKNOWN, Examples, GeneratedRows, Splits
from shared.errors import DataError
from shared.gallery.media import show_row
from shared.run.artefacts.array_tables import array_table, array_values, read_array_table
from shared.run.artefacts.data.synthetic import ShownRow, SyntheticRecord
from shared.run.context import StageContext
from shared.run.files import SYNTHETIC, SYNTHETIC_FOLDER
from shared.run.fingerprints import code_fingerprint
from shared.targets import Categories
from shared.training.generated.judge import Judgement, judge
from shared.training.generated.nearness import COPY_RATIO

__all__ = ["add_generated"]

_ROWS = f"{SYNTHETIC_FOLDER}/rows.parquet"
_SHOWN_OF_EACH_CLASS = 4


def add_generated(context: StageContext, splits: Splits) -> Examples | None:
    """The rows that the network learns from beside the training split; None for none.

    They are read back where this run made them already from the same settings and rows.

    Raises:
        DataError: Too many are copies of training rows. Nothing is kept then.
    """
    made_from = _made_from(context, splits)
    kept = _kept(context, splits, made_from)
    if kept is not None:
        return kept
    _remove(context)
    context.progress.update(0, 1, "making training rows")
    generated = context.pipeline.generate(context.config, splits.train, splits.target)
    if generated is None or not isinstance(splits.target, Categories):
        return None
    confidence = context.config.evaluate.confidence
    found = judge(generated, splits, splits.target, confidence)
    _require_no_copies(generated, found)
    _write(context, splits, generated, found, made_from)
    return generated.examples


def _made_from(context: StageContext, splits: Splits) -> str:
    config = context.config
    code = code_fingerprint("shared", f"pipelines/{context.pipeline.name}")
    parts = (splits.train.fingerprint(), config.data.decisive(), config.train.decisive(), code)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _kept(context: StageContext, splits: Splits, made_from: str) -> Examples | None:
    run = context.run
    if not (run.has(SYNTHETIC) and run.has(_ROWS)):
        return None
    if SyntheticRecord.read(run).made_from != made_from:
        return None
    table = read_array_table(run / _ROWS, run.rerun_command("train"))
    columns = {name: array_values(table, name) for name in table.column_names}
    ids = columns.pop("id").astype(np.str_)
    targets = columns.pop("target")
    groups = pd.DataFrame({name: [UNKNOWN] * len(ids) for name in splits.train.groups})
    return Examples(
        ids,
        ids,
        targets,
        groups,
        lambda indices: {name: values[indices] for name, values in columns.items()},
    )


def _remove(context: StageContext) -> None:
    """What an earlier configuration made."""
    (context.run / SYNTHETIC).unlink(missing_ok=True)
    shutil.rmtree(context.run / SYNTHETIC_FOLDER, ignore_errors=True)


def _require_no_copies(generated: GeneratedRows, found: Judgement) -> None:
    share = found.num_copies / max(1, len(found.ratios))
    usual = found.fidelity.copies_in_training.value or 0.0
    if share - usual <= generated.most_copies:
        return
    nearest = str(found.nearest_ids[found.ratios.argmin()])
    counted = f"{found.num_copies} of {len(found.ratios)} rows that {generated.method} made"
    most = f"{generated.most_copies:.1%}"
    raise DataError(
        f"{counted} ({share:.1%}) are near-copies of training rows, of recorded rows {usual:.1%}"
        f" look so; allowed are {most} more. The nearest is a copy of {nearest!r}. A copy gives"
        f" away whom it is of, and teaches nothing. {generated.way_out}"
    )


def _write(
    context: StageContext,
    splits: Splits,
    generated: GeneratedRows,
    found: Judgement,
    made_from: str,
) -> None:
    """The rows, those that are shown, and last of all the record."""
    examples = generated.examples
    (context.run / SYNTHETIC_FOLDER).mkdir(parents=True, exist_ok=True)
    with context.run.replacing(_ROWS) as path:
        pq.write_table(_table(examples), path)
    SyntheticRecord(
        method=generated.method,
        made_from=made_from,
        num_real=len(splits.train),
        num_synthetic=len(examples),
        most_copies=generated.most_copies,
        copy_ratio=COPY_RATIO,
        shown=tuple(_shown(context, splits, examples, found)),
        **dict(found.fidelity),
    ).write(context.run)


def _table(examples: Examples) -> Any:
    """A `pyarrow.Table`: id, target, and the wire rows."""
    wire = examples.rows(np.arange(len(examples)))
    files = {name: values for name, values in wire.items() if values.dtype.kind == "O"}
    numbers = {name: values for name, values in wire.items() if name not in files}
    table = array_table({"id": examples.ids, "target": examples.targets, **numbers})
    for name, values in files.items():
        table = table.append_column(name, pa.array(values.tolist()))
    return table


def _shown(
    context: StageContext,
    splits: Splits,
    examples: Examples,
    found: Judgement,
) -> Iterator[ShownRow]:
    for index, one in enumerate(found.fidelity.classes):
        for row in np.flatnonzero(examples.targets == index)[:_SHOWN_OF_EACH_CLASS].tolist():
            shown = show_row(examples.rows(np.array([row])), splits.content, ())
            file = f"{SYNTHETIC_FOLDER}/{examples.ids[row]}{shown.suffix}"
            if shown.content:
                with context.run.replacing(file) as path:
                    path.write_bytes(shown.content)
            yield ShownRow(
                id=str(examples.ids[row]),
                class_name=one.name,
                file=file if shown.content else "",
                nearest=str(found.nearest_ids[row]),
                ratio=round(float(found.ratios[row]), 3),
            )
