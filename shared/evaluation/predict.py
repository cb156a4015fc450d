"""The predict stage: score validation, test and probes once, so that everything after is only tables."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from shared.context import StageContext
from shared.contract import Examples, Rows
from shared.loading.trained_model import TrainedModel, load_trained_model
from shared.prediction_files import write_predictions, write_probes
from shared.predictions import Predictions
from shared.progress import Progress

__all__ = ["choose_probe_rows", "predict_part", "predict_stage"]

_CHUNK_ROWS = 512


def predict_stage(context: StageContext) -> None:
    """Write `predictions/{val,test,probes}.parquet`."""
    splits, model = context.splits(), load_trained_model(context)
    for part, examples in (("val", splits.val), ("test", splits.test)):
        write_predictions(context.run, part, predict_part(model, examples, context.progress))
    chosen = splits.test.take(choose_probe_rows(len(splits.test), context.config.evaluate.max_probe_examples, context.config.train.seed))
    rows = model.decode_rows(chosen.rows(np.arange(len(chosen))))
    probes = context.pipeline.probes(context.config)
    scored: dict[tuple[str, int], Predictions] = {}
    todo = [(name, severity) for name, probe in probes.items() for severity in probe.severities]
    for done, (name, severity) in enumerate(todo):
        context.progress.update(done, len(todo), f"probe {name} {severity}")
        generator = np.random.default_rng([context.config.train.seed, zlib.crc32(name.encode()), severity])
        changed = probes[name].apply(rows, severity, generator)
        scored[name, severity] = _predictions(chosen, model.score_rows(changed))
    write_probes(context.run, scored)


def predict_part(model: TrainedModel, examples: Examples, progress: Progress) -> Predictions:
    """Score all examples of one part, in bounded memory."""
    scores = []
    for start in range(0, len(examples), _CHUNK_ROWS):
        progress.update(start, len(examples), "scoring")
        wire: Rows = examples.rows(np.arange(start, min(start + _CHUNK_ROWS, len(examples))))
        scores.append(model.score_wire(wire))
    return _predictions(examples, np.concatenate(scores))


def choose_probe_rows(num_rows: int, limit: int, seed: int) -> NDArray[np.int64]:
    """Indices (int64, increasing) of at most `limit` rows, drawn without replacement."""
    if num_rows <= limit:
        return np.arange(num_rows, dtype=np.int64)
    return np.sort(np.random.default_rng([seed, num_rows]).choice(num_rows, limit, replace=False)).astype(np.int64)


def _predictions(examples: Examples, scores: NDArray[np.float32]) -> Predictions:
    return Predictions(examples.ids, examples.entities, examples.targets, scores, examples.forecast)
