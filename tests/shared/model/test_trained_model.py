from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.contract import Deferred
from shared.model.trained_model import TrainedModel, load_trained_model
from tests.shared.serving.tiny.signals import SIGNALS, signal_bytes, signal_context

_LAYER = """
import keras

@keras.saving.register_keras_serializable(package="plumbline_tests")
class Doubles(keras.layers.Layer):
    def call(self, inputs):
        return 2.0 * inputs

def build(config, target):
    signal = keras.Input((12, 1), name="signal")
    return keras.Model({"signal": signal}, keras.layers.Dense(3)(keras.layers.Flatten()(Doubles()(signal))))
"""


def test_scores_and_features_come_from_one_pass(tmp_path: Path) -> None:
    model = load_trained_model(signal_context(tmp_path))
    rows = model.decode_rows({"signal_bytes": signal_bytes(11)})
    answers = model.answer_rows(rows)
    # To rounding: with features as a second output TensorFlow may fuse other operations.
    np.testing.assert_allclose(answers.scores, model.score_rows(rows), rtol=1e-5, atol=1e-6)
    assert answers.features is not None
    last = next(
        layer for layer in reversed(model.model.layers) if isinstance(layer, keras.layers.Dense)
    )
    np.testing.assert_allclose(last(answers.features), answers.scores, rtol=1e-5, atol=1e-6)


def test_batches_of_all_sizes_share_one_compilation(tmp_path: Path) -> None:
    calls: list[Any] = []

    class Counted(keras.layers.Layer):
        def call(self, inputs: Any) -> Any:
            calls.append(inputs.shape)
            return inputs

    signal = keras.Input((12, 1), name="signal")
    as_is = keras.Model({"signal": signal}, {"signal": Counted()(signal)})
    network = keras.Model({"signal": signal}, Counted()(signal))
    model = TrainedModel(as_is, as_is, network, batch_size=4)
    calls.clear()
    scores = model.score_rows({"signal": np.ones((11, 12, 1), np.float32)})
    assert scores.shape == (11, 12, 1)
    assert calls == [(None, 12, 1)] * 2  # of preprocess and of the network


def test_a_network_without_a_dense_layer_gives_scores_alone(tmp_path: Path) -> None:
    def pooled(config: object, target: object) -> keras.Model:
        signal = keras.Input((12, 1), name="signal")
        scores = keras.layers.GlobalAveragePooling1D()(
            keras.layers.Conv1D(len(SIGNALS.names), 3)(signal)
        )
        return keras.Model({"signal": signal}, scores)

    model = load_trained_model(signal_context(tmp_path, pooled))
    answers = model.answer_rows(model.decode_rows({"signal_bytes": signal_bytes(3)}))
    assert answers.features is None
    assert answers.scores.shape == (3, 3)


def test_layers_of_a_pipeline_are_known_to_a_process_that_did_not_build_its_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "later_imported.py").write_text(_LAYER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    build = Deferred("later_imported:build")
    context = signal_context(tmp_path / "run", build)
    # As in a new process: nobody has imported the module that registers the layer.
    monkeypatch.delitem(sys.modules, "later_imported")
    del keras.saving.get_custom_objects()["plumbline_tests>Doubles"]
    assert load_trained_model(context).model.count_params() == 12 * 3 + 3
