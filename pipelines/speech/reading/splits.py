"""Who goes into which split, and whether speakers are in several splits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipelines.speech.config import SpeechConfig
from shared.contract import UNKNOWN
from shared.errors import DataError
from shared.loading.splits.splitting import SplitIndices, split_by_column, split_by_entity

__all__ = ["describe_overlap", "divide"]


def divide(
    table: pd.DataFrame,
    entities: NDArray[np.str_],
    labels: NDArray[np.int64],
    config: SpeechConfig,
    *,
    origin: Path,
) -> SplitIndices:
    """Divide recordings as configured.

    By entity, by the manifest's part column, or by patterns over their names.

    Args:
        table: As `Listing.table`.
        entities: (n,) str.
        labels: (n,) int64.
        config: Decides how.
        origin: Manifest or folder, for messages.

    Raises:
        DataError: A split is unknown or empty, or a recording belongs to two.
    """
    data = config.data
    if data.split == "entity":
        return split_by_entity(
            entities,
            labels,
            validation_share=data.validation_share,
            test_share=data.test_share,
            seed=config.train.seed,
        )
    if data.test_pattern is None or data.validation_pattern is None:
        if table["split"].eq("").all():
            raise DataError(
                f"{origin}: data.split=given needs to know the splits: a manifest with the column"
                " data.split_column, or data.test_pattern and data.validation_pattern over file"
                " names."
            )
        return split_by_column(
            table["split"].to_numpy(dtype=np.str_), where=f"{origin}, column {data.split_column!r}"
        )
    return _divide_by_patterns(table["id"], data.test_pattern, data.validation_pattern, origin)


def _divide_by_patterns(
    names: pd.Series, test_pattern: str, validation_pattern: str, origin: Path
) -> SplitIndices:
    is_test = np.array([re.search(test_pattern, name) is not None for name in names])
    is_val = np.array([re.search(validation_pattern, name) is not None for name in names])
    if (is_test & is_val).any():
        raise DataError(
            f"{origin}: {names[is_test & is_val].iloc[0]!r} matches both data.test_pattern"
            f" ({test_pattern!r}) and data.validation_pattern ({validation_pattern!r}); a recording"
            " can be in one split only."
        )
    splits = np.where(is_test, "test", np.where(is_val, "val", "train"))
    return split_by_column(
        splits, where=f"{origin}, divided by data.test_pattern and data.validation_pattern"
    )


def describe_overlap(
    speakers: NDArray[np.str_], splits: SplitIndices, entity: Literal["speaker", "recording"]
) -> tuple[str, ...]:
    """What the report must say about speakers who are in several splits.

    Nothing if splits are divided by speaker.
    """
    if entity == "speaker":
        return ()
    if UNKNOWN in speakers:
        return (
            (
                "Speakers are not known: some may be in the training split and in the test, and"
                " results for new speakers may be worse."
            ),
        )
    test = set(speakers[splits.test].tolist())
    known = set(speakers[np.concatenate([splits.train, splits.val])].tolist())
    shared = len(test & known)
    if shared == 0:
        return ("Entities are recordings, but no test speaker is in the other splits.",)
    return (
        (
            f"Speakers are shared between splits: {shared} of {len(test)} test speakers were heard"
            " in training or validation. Results hold for known voices; for new speakers expect"
            " worse."
        ),
    )
