"""A trained run's stream, as served and as a LiteRT file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.streaming.sounds import KEYWORDS
from benchmarks.streaming.timing import Ask
from cli.options import configure, owner
from pipelines import get_pipeline
from pipelines.speech.config import SpeechConfig
from shared.compression.lite.litert import LiteModel
from shared.compression.lite.streamed import STREAM_FILE, StreamedStep
from shared.contract import ServedStream
from shared.model.trained_model import load_trained_model
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.run.progress import SilentProgress
from shared.serving.saved_model import SavedModel, load_saved_model, newest_version
from shared.serving.streaming.client import hear_pieces
from shared.serving.streaming.endpoint import STREAM
from shared.stages.runner import checked_splits

__all__ = ["Spotter"]


@dataclass(frozen=True)
class Spotter:
    """What listens.

    Attributes:
        run: Whose it is.
        saved: Its SavedModel.
        stream: How it takes a step.
        clip_seconds: How long it remembers a word.
        keywords: Positions of the keywords among the classes.
    """

    run: RunDirectory
    saved: SavedModel
    stream: ServedStream
    clip_seconds: float
    keywords: tuple[int, ...]

    @classmethod
    def of(cls, folder: Path) -> Spotter:
        """Of an exported run of the family streaming on the clips of this benchmark."""
        run = RunDirectory(folder)
        pipeline = get_pipeline(owner(run))
        config = configure(pipeline, run_dir=folder)
        if not isinstance(config, SpeechConfig):
            raise SystemExit(f"{folder} is no run of the pipeline speech.")
        splits = checked_splits(pipeline, config, run)
        context = StageContext(pipeline, config, run, SilentProgress(), splits)
        stream = pipeline.served_stream(config, load_trained_model(context).model)
        classes = SignatureRecord.read(run).classes or ()
        missing = [word for word in KEYWORDS if word not in classes]
        if stream is None or missing:
            raise SystemExit(
                f"{folder} has no stream of the keywords {', '.join(KEYWORDS)}. Train it with --set"
                " model.family=streaming on what `python -m benchmarks.streaming clips` writes"
            )
        positions = tuple(classes.index(word) for word in KEYWORDS)
        saved = load_saved_model(newest_version(run))
        row_seconds = config.data.row_seconds
        return cls(run, saved, stream, row_seconds, positions)

    def hear(self, signal: NDArray[np.float32], piece_seconds: float) -> NDArray[np.float32]:
        """Signals (rows, samples) -> probabilities of keywords at each step (rows, steps, n)."""
        size = round(piece_seconds / self.stream.step_seconds) * self.stream.step
        pieces = (signal[:, start : start + size] for start in range(0, signal.shape[1], size))
        told = hear_pieces(self._ask, self.stream, pieces)
        return told["probabilities"][:, :, list(self.keywords)]

    def asks(self) -> Iterator[tuple[str, Ask]]:
        """What can be asked for one step, by name: LiteRT once `compress` made a file."""
        yield "SavedModel", self._ask
        for path in sorted(self.run.path.glob(f"compressed/*/{STREAM_FILE}")):
            lite = LiteModel(path.read_bytes(), STREAM)
            yield f"LiteRT, {path.parent.name}", StreamedStep(lite)

    @property
    def _ask(self) -> Ask:
        return lambda sent: self.saved(dict(sent), signature=STREAM)
