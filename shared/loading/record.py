"""The data stage: what was loaded, written down so that every later number can be traced to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import pandas as pd

from shared.config.transfer import encoder_source
from shared.contract import Examples, Splits, group_counts
from shared.datasheet.datasheet import make_datasheet
from shared.datasheet.leakage import refuse_leaks
from shared.loading.splits.folds import concatenate
from shared.pretrained.checkpoint import describe_encoder
from shared.run.artefacts.data.datasheet import Datasheet
from shared.run.artefacts.data.encoder import EncoderRecord
from shared.run.artefacts.data.record import DataRecord, FoldRecord, SplitRecord
from shared.run.context import StageContext
from shared.run.files import GROUP_PREFIX
from shared.run.progress import Progress
from shared.targets import Categories

__all__ = ["data_stage", "fingerprint_splits", "make_record"]

_MOST_NAMED = 20
"""Entities named in the description of a fold."""


def data_stage(context: StageContext) -> None:
    """Write `splits/{train,val,test}.parquet` and `data.json` with the datasheet.

    Raises:
        DataError: Content or an entity is in two splits, and `data.allow_leakage` does not accept
            it.
        ConfigError: The pretrained encoder can't be found or fetched.
    """
    progress = context.progress
    encoder = _fetch_encoder(encoder_source(context.config.model), progress)
    splits = context.splits()
    datasheet = make_datasheet(
        splits,
        allow_leakage=context.config.data.allow_leakage,
        progress=lambda done, total: progress.update(done, total, "reading every example"),
    )
    refuse_leaks(datasheet)
    for sentence in splits.provenance.warnings:
        progress.log(sentence)
    for sentence in datasheet.leakage.reasons:
        progress.log(f"leak accepted: {sentence}")
    for name, examples in _recorded_splits(splits).items():
        context.run.write_table_in_pieces(f"splits/{name}.parquet", _split_tables(examples))
    record = make_record(splits, datasheet).model_copy(update={"encoder": encoder})
    record.write(context.run)


def _fetch_encoder(source: str | None, progress: Progress) -> EncoderRecord | None:
    """Before the data is read: what is missing is said at once."""
    if source is None:
        return None
    encoder = describe_encoder(source)
    progress.log(f"pretrained encoder {encoder.summary}")
    return encoder


def fingerprint_splits(splits: Splits) -> str:
    """SHA-256 (hex) over the three splits and the source's checksum.

    Equal if and only if the data is the same.
    """
    digest = hashlib.sha256(splits.provenance.checksum.encode())
    for each in splits.folds or (splits,):
        for examples in each.by_split().values():
            digest.update(examples.fingerprint().encode())
    return digest.hexdigest()


def _split_tables(examples: Examples) -> Iterator[pd.DataFrame]:
    # Forecast targets are windows of the series; their start says which one.
    targets = examples.targets if examples.forecast is None else examples.forecast.starts
    for piece in examples.pieces():
        table = pd.DataFrame(
            {
                "id": examples.ids[piece].astype(object),
                "entity": examples.entities[piece].astype(object),
                "target": targets[piece],
            }
        )
        if examples.series is not None:
            table["series"] = examples.series[piece].astype(object)
        groups = examples.groups.iloc[piece].reset_index(drop=True)
        categories = groups.select_dtypes("category").columns
        groups = groups.astype(dict.fromkeys(categories, str))
        yield pd.concat([table, groups.add_prefix(GROUP_PREFIX)], axis=1)


def make_record(splits: Splits, datasheet: Datasheet) -> DataRecord:
    """`data.json` of these splits.

    Args:
        splits: What was loaded.
        datasheet: Of the same splits.
    """
    described = {
        name: _describe_split(examples, splits)
        for name, examples in _recorded_splits(splits).items()
    }
    return DataRecord(
        target=splits.target,
        provenance=splits.provenance,
        splits=described,
        folds=tuple(_describe_fold(fold) for fold in splits.folds),
        groups=_group_counts(splits),
        quarantine=splits.quarantine,
        fingerprint=fingerprint_splits(splits),
        datasheet=datasheet,
    )


def _recorded_splits(splits: Splits) -> dict[str, Examples]:
    """Training and validation of the model that is served, and all that is tested."""
    tested = concatenate([fold.test for fold in splits.folds]) if splits.folds else splits.test
    return splits.by_split() | {"test": tested}


def _describe_fold(fold: Splits) -> FoldRecord:
    entities = fold.test.coded_entities.names
    return FoldRecord(
        entities=tuple(str(entity) for entity in entities[:_MOST_NAMED]),
        num_entities=len(entities),
        n={name: len(examples) for name, examples in fold.by_split().items()},
    )


def _describe_split(examples: Examples, splits: Splits) -> SplitRecord:
    classes = None
    if isinstance(splits.target, Categories):
        counts = np.bincount(examples.targets, minlength=len(splits.target.names))
        classes = dict(zip(splits.target.names, counts.tolist(), strict=True))
    return SplitRecord(
        n=len(examples),
        num_entities=len(examples.coded_entities.names),
        classes=classes,
        fingerprint=examples.fingerprint(),
    )


def _group_counts(splits: Splits) -> dict[str, dict[str, int]]:
    parts = splits.by_split().values()
    return {
        str(name): group_counts(part.groups[name] for part in parts) for name in splits.train.groups
    }
