from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

from shared.contract import Axis, Rows, Segments
from shared.explain.game.visible_segments import find_visible
from shared.model.trained_model import TrainedModel
from tests.shared.explain.games import strip_spans

_NUM_CELLS = 70
_READ = 50


def _model() -> TrainedModel:
    """Reads the first `_READ` cells only."""
    signal = keras.Input((_NUM_CELLS,), name="signal")
    read = keras.Model({"signal": signal}, {"read": signal[:, :_READ]})
    return TrainedModel(read, read, read)


def test_what_the_model_never_reads_and_what_looks_removed_already_is_not_visible() -> None:
    signal = np.ones((1, _NUM_CELLS), np.float32)
    signal[0, 3] = 0.0
    signal[0, 5] = np.nan

    def mask(keep: NDArray[np.bool_]) -> Rows:
        return {"signal": np.where(keep, signal, np.float32(0.0))}

    segments = Segments(
        names=tuple(map(str, range(_NUM_CELLS))),
        axes=(Axis("cell", ""),),
        spans=strip_spans(_NUM_CELLS),
        extent=np.array([[0.0, _NUM_CELLS]]),
        canvas=signal[0],
        mask=mask,
    )
    visible = find_visible(_model(), {"signal": signal}, segments)
    assert np.flatnonzero(~visible).tolist() == [3, *range(_READ, _NUM_CELLS)]
