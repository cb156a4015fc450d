"""The `predict` command: raw files that a run never saw, scored by its deployed model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shared.config import RunConfig
from shared.contract import Pipeline, Splits
from shared.errors import ConfigError, PlumblineError
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.stages.runner import StageDisplay
from shared.stages.tensorflow_startup import start_tensorflow

__all__ = ["require_reading_only", "score_files"]


def require_reading_only(assignments: Sequence[str]) -> None:
    """Refuse settings that come too late for a model that is trained.

    Raises:
        ConfigError: One of them does not say how inputs are read.
    """
    other = [item for item in assignments if not item.startswith("data.")]
    if other:
        raise ConfigError(
            f"--set {other[0]}: the model is trained; only settings under data can be changed, to"
            " say how inputs are read."
        )


def score_files(
    pipeline: Pipeline,
    config: RunConfig,
    run: RunDirectory,
    *,
    input_path: Path,
    output_path: Path,
    display: StageDisplay,
) -> None:
    """Write one row per input; what can't be read gets an `error`.

    Args:
        pipeline: Of the run.
        config: Of the run.
        run: With a deployed model.
        input_path: A folder, file or table of raw inputs.
        output_path: A .csv or .parquet file.
        display: Shows how far it is.

    Raises:
        UserError: Nothing can be read, or the output can't be written.
    """
    with display.stage("predict") as progress:
        start_tensorflow()  # quietly, before a module does it aloud
        from shared.serving.batch_scoring import score_inputs

        score_inputs(
            StageContext(pipeline, config, run, progress, _no_splits), input_path, output_path
        )


def _no_splits() -> Splits:
    raise PlumblineError("Batch scoring never loads the training data.")
