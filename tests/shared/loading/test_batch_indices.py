from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import tests.contract.toy
from shared.config.sources import resolve_config
from shared.loading.batches.batching import batch_indices, prepare, training_batches
from shared.run.progress import SilentProgress
from tests.contract.toy import PIPELINE

PRESETS = Path(tests.contract.toy.__file__).parent / "presets"


@pytest.mark.parametrize(("epoch", "step"), [(0, 0), (0, 5), (1, 2)])
def test_the_examples_of_a_batch_follow_from_seed_epoch_and_step(epoch: int, step: int) -> None:
    config = resolve_config(PIPELINE.config_type, PRESETS, "smoke")
    splits = PIPELINE.synthesize(config, 330, 0)
    preprocess = PIPELINE.preprocess(config, splits.train)
    part = prepare(
        splits.train,
        splits.target,
        PIPELINE.decode(config),
        preprocess,
        cache_limit_mib=64,
        progress=SilentProgress(),
    )
    steps_per_epoch = part.num_examples // 32
    features, _ = next(
        iter(training_batches(part, batch_size=32, seed=7).skip(epoch * steps_per_epoch + step))
    )
    indices = batch_indices(part, batch_size=32, seed=7, epoch=epoch, step=step)
    assert part.features is not None
    np.testing.assert_array_equal(
        features["channels"].numpy(), part.features["channels"].numpy()[indices]
    )
