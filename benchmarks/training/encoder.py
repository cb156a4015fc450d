"""Fine-tunes an encoder of texts as the product does, and times an epoch.

    python -m benchmarks.training.encoder FOLDER SST2_FOLDER NUM_TEXTS BATCH_SIZE MAX_PIECES

Prints JSON: `seconds` and `processor_seconds` of an epoch, the first one, which traces, left out.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import keras
import numpy as np

from pipelines import get_pipeline, presets_folder
from shared.config.sources import resolve_config
from shared.loading.batches.batching import Prepared, prepare, training_batches
from shared.loading.batches.row_lengths import with_row_lengths
from shared.run.progress import SilentProgress
from shared.training.compiled_model import make_trainable

__all__ = ["main"]


def main() -> None:
    """One epoch to trace, one that counts."""
    folder, texts, num_texts, batch_size, max_pieces = sys.argv[1:]
    pipeline = get_pipeline("sentiment")
    assignments = [
        "model.family=pretrained",
        f"model.encoder={folder}",
        f"data.source={texts}",
        f"train.batch_size={batch_size}",
        "train.deterministic=false",
        f"front_end.max_pieces={max_pieces}",
    ]
    config = resolve_config(pipeline.config_type, presets_folder("sentiment"), "sst2", assignments)
    splits = pipeline.load(config)
    train = prepare(
        splits.train.take(np.arange(int(num_texts))),
        splits.target,
        pipeline.decode(config),
        pipeline.preprocess(config, splits.train),
        cache_limit_mib=1024,
        progress=SilentProgress(),
    )
    train = with_row_lengths(train, pipeline.padding(config))
    network = pipeline.model(config, splits.target)
    steps = train.num_examples // config.train.batch_size
    model = make_trainable(network, splits.target, config.train, steps_per_epoch=steps)
    print(json.dumps(_time_an_epoch(model, train, config.train.batch_size)))


def _time_an_epoch(model: Any, train: Prepared, batch_size: int) -> dict[str, float]:
    moments: list[tuple[float, float]] = []
    stopwatch = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: moments.append(
            (time.perf_counter(), time.process_time())
        ),
        on_epoch_end=lambda epoch, logs: moments.append((time.perf_counter(), time.process_time())),
    )
    model.fit(
        training_batches(train, batch_size=batch_size, seed=0),
        steps_per_epoch=train.num_examples // batch_size,
        epochs=2,
        callbacks=[stopwatch],
        shuffle=False,
        verbose=0,
    )
    *_, start, end = moments
    return {"seconds": end[0] - start[0], "processor_seconds": end[1] - start[1]}


if __name__ == "__main__":
    main()
