from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifierCV

from pipelines.speech.data import synthesize
from pipelines.speech.preprocess import build_decode, build_preprocess
from shared.contract import Examples
from tests.pipelines.speech.sounds import configure


@pytest.mark.slow
def test_a_linear_model_of_the_image_learns_something_but_fails_on_most_new_speakers() -> None:
    config = configure(preset="default")
    splits = synthesize(config, 500, 0)
    decode, preprocess = build_decode(config), build_preprocess(config, splits.train)

    def flat(examples: Examples) -> NDArray[np.float32]:
        wav = tf.constant(examples.rows(np.arange(len(examples)))["wav"].tolist())
        images = np.asarray(preprocess(decode({"wav": wav}))["log_mel"])
        return np.asarray(images.reshape(len(images), -1))

    linear = RidgeClassifierCV(alphas=(10.0, 100.0, 1000.0)).fit(
        flat(splits.train), splits.train.targets
    )
    accuracy = float(linear.score(flat(splits.test), splits.test.targets))
    assert 0.15 < accuracy < 0.55, (
        f"chance is 0.1; the default model reaches far more than this: {accuracy:.3f}"
    )
