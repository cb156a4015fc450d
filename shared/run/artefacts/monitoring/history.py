"""`monitor_history.json`: what is remembered of the batches that a run has scored.

Counts of bins alone: no row, no id, no input.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from shared.block import Block
from shared.errors import UserError
from shared.run.artefacts.monitoring.record import Family
from shared.run.directory import RunDirectory

__all__ = ["HISTORY_FILE", "BatchSeen", "ColumnHistory", "MonitorHistory"]

HISTORY_FILE = "monitor_history.json"


class ColumnHistory(Block):
    """One column over all batches.

    Attributes:
        family: What it says something about.
        name: Of the column.
        edges: Of numbers, increasing: bin k holds values in (edges[k - 1], edges[k]]; the last bin
            but one is open, the last holds missing values. Empty for categories.
        categories: Of categories, in order; one more bin holds all others. Empty for numbers.
        counts: Rows of the test split and of all batches so far in each bin.
        num_batches: In which the column was seen.
        log_started: Natural logarithm of the wealth of all bets that have begun; None before the
            first batch.
        level: Its part of the level of the whole sequence.
        drifted: Whether the martingale ever reached its threshold.
    """

    family: Family
    name: str
    edges: tuple[float, ...]
    categories: tuple[str, ...]
    counts: tuple[int, ...]
    num_batches: int
    log_started: float | None
    level: float
    drifted: bool


class BatchSeen(Block):
    """One batch that was counted.

    Attributes:
        made_at: Moment of the look.
        source: Where it is from.
        fingerprint: Of its ids and answers: the same batch is not counted twice.
        n: Rows that were tested.
        log10_nearness: Of the column nearest to its threshold; alarm at 0.
    """

    made_at: str
    source: str
    fingerprint: str
    n: int
    log10_nearness: float


class MonitorHistory(Block):
    """All that `monitor --state` remembers.

    Attributes:
        schema_version: Of the keys and their meaning.
        weights_sha256: Of the model whose batches they are.
        columns: In order of their first appearance.
        batches: In order.
    """

    schema_version: Literal[1] = 1
    weights_sha256: str
    columns: tuple[ColumnHistory, ...] = ()
    batches: tuple[BatchSeen, ...] = ()

    @classmethod
    def read(cls, folder: RunDirectory, weights_sha256: str) -> MonitorHistory:
        """What is remembered of a model; an empty history if there is none yet.

        Raises:
            UserError: It is damaged, or of another model.
        """
        if folder.path.exists() and not folder.path.is_dir():
            raise UserError(f"--state {folder.path} is a file. Give the name of a folder.")
        if not folder.has(HISTORY_FILE):
            return cls(weights_sha256=weights_sha256)
        path = folder / HISTORY_FILE
        again = "Give another folder with --state, or remove the file to begin anew."
        try:
            history = cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(f"{path} is no history of this version ({reason}). {again}") from error
        if history.weights_sha256 != weights_sha256:
            raise UserError(
                f"{path} is of the model {history.weights_sha256[:12]}, this run's is"
                f" {weights_sha256[:12]}: another model has another history. {again}"
            )
        return history

    def write(self, folder: RunDirectory) -> None:
        """Write it at once: readers see the old history or the new one."""
        folder.write_json(HISTORY_FILE, self.model_dump(mode="json"))
