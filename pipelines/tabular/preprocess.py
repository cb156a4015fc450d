"""Texts of a row -> numbers of each column, and the linear model that a sceptic would try first."""

from __future__ import annotations

from typing import Any

import keras

from pipelines.tabular.config import TabularConfig
from shared.contract import Examples
from shared.floors.sampling import fit_on_rows
from shared.floors.scores import FLOOR_LOGITS, floor_model, linear_logits
from shared.loading.columns.encoding import WIDTH, EncodeTabular, fit_tabular
from shared.loading.columns.values import TABULAR
from shared.targets import Target

__all__ = ["ENCODE", "build_baselines", "build_decode", "build_preprocess"]

ENCODE = "encode_columns"
"""Name of the layer whose numbers are differentiated for attributions."""


def build_decode(config: TabularConfig) -> keras.Model:
    """The identity: a client sends what a row holds, `tabular` (batch, columns) string."""
    texts = _texts(config)
    passed = keras.layers.Identity(dtype="string", name="texts")(texts)
    return keras.Model({TABULAR: texts}, {TABULAR: passed}, name="decode")


def build_preprocess(config: TabularConfig, train: Examples) -> keras.Model:
    """`tabular` (batch, columns, `WIDTH`) float32 as `EncodeTabular` has it, and `floor_logits`."""
    texts = _texts(config)
    fits = fit_tabular(config.data.features, config.data.numbers, train)
    encode = EncodeTabular(fits, name=ENCODE)
    encoded = encode(texts)
    floor = fit_on_rows(train, lambda rows: _flat(encode(rows[TABULAR])), seed=config.train.seed)
    outputs = {TABULAR: encoded, FLOOR_LOGITS: linear_logits(_flat(encoded), floor)}
    return keras.Model({TABULAR: texts}, outputs, name="preprocess")


def build_baselines(config: TabularConfig, target: Target) -> dict[str, keras.Model]:
    """`linear`: logistic regression on the same columns.

    Trees in steps of a gradient would be the usual rival; they are no part of a served graph of
    stock operations, and left out.
    """
    columns = keras.Input((len(config.data.features), WIDTH), name=TABULAR)
    return {"linear": floor_model(target, "linear", {TABULAR: columns}, _flat(columns))}


def _texts(config: TabularConfig) -> Any:
    return keras.Input((len(config.data.features),), dtype="string", name=TABULAR)


def _flat(encoded: Any) -> Any:
    return keras.layers.Flatten()(encoded)
