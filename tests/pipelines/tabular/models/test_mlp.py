from __future__ import annotations

import numpy as np

from pipelines.tabular.data import complete
from pipelines.tabular.models.mlp import build_model
from shared.loading.columns.encoding import WIDTH
from shared.loading.columns.values import TABULAR
from shared.targets import Categories
from tests.pipelines.tabular import configure


def test_a_number_far_away_shouts_no_louder_than_five_spreads() -> None:
    model = build_model(complete(configure("demo")), Categories(names=("a", "b")))
    near = np.zeros((1, 6, WIDTH), np.float32)
    far = near.copy()
    near[0, 0, 2] = 5.0
    far[0, 0, 2] = 1e9
    first = np.asarray(model({TABULAR: near}, training=False))
    assert np.array_equal(first, np.asarray(model({TABULAR: far}, training=False)))


def test_training_hides_values_and_says_that_they_are_hidden() -> None:
    settings = ("model.column_dropout=0.9", "model.dropout=0.0")
    model = build_model(complete(configure("demo", *settings)), Categories(names=("a", "b")))
    columns = np.zeros((64, 6, WIDTH), np.float32)
    columns[:, :, 1:3] = 1.0
    scores = np.asarray(model({TABULAR: columns}, training=True))
    assert len(np.unique(scores.round(6), axis=0)) > 1
