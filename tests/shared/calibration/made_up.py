"""Predictions whose true probabilities are known, and runs that calibrate in their own way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shared.config import CalibrateConfig
from shared.run.context import StageContext
from shared.targets import Categories
from shared.targets.predictions import Predictions

__all__ = ["CLASSES", "configured", "overconfident"]

CLASSES = Categories(names=("cat", "dog", "eel"))


def configured(context: StageContext, **settings: object) -> StageContext:
    """The same run with these settings of `calibrate`."""
    calibrate = CalibrateConfig(**settings)  # type: ignore[arg-type]
    return replace(context, config=context.config.model_copy(update={"calibrate": calibrate}))


def overconfident(seed: int, n: int, *, factor: float = 3.0, rows_each: int = 1) -> Predictions:
    """Labels drawn from softmax(z), scored as `factor` · z.

    A temperature of `factor` puts it right.
    """
    generator = np.random.default_rng(seed)
    true_logits = generator.normal(scale=1.5, size=(n, 3))
    gumbel = generator.gumbel(size=(n, 3))
    targets = (true_logits + gumbel).argmax(axis=-1)
    entities = np.char.add("e", (np.arange(n) // rows_each).astype(str))
    return Predictions(
        np.char.add("i", np.arange(n).astype(str)),
        entities,
        targets,
        (factor * true_logits).astype(np.float32),
    )
