from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from shared.errors import ContractError
from shared.model.ood import ood_outputs
from shared.run.artefacts.calibration_file import (
    CalibrationRecord,
)
from shared.run.artefacts.feature_distance import FeatureDistance, write_feature_distance
from shared.serving.export import export_stage
from shared.serving.saved_model import load_saved_model, newest_version
from shared.targets.ood import OodRule, energy
from tests.shared.serving.tiny.signals import signal_bytes, signal_context

_DISTANCE = OodRule(score="distance", in_distribution_share=0.95, threshold=1.0, n=100)
_ENERGY = OodRule(score="energy", in_distribution_share=0.95, threshold=-1.0, n=100)
_GENERATOR = np.random.default_rng(0)
_FEATURE_STATISTICS = FeatureDistance(
    _GENERATOR.normal(size=(6, 6)).astype(np.float32),
    _GENERATOR.normal(size=(3, 6)).astype(np.float32),
)
_FEATURES = _GENERATOR.normal(size=(20, 6)).astype(np.float32)
_SCORES = _GENERATOR.normal(size=(20, 3)).astype(np.float32)


def test_distance_in_the_graph_is_that_of_numpy() -> None:
    answer = ood_outputs(
        _DISTANCE, _FEATURE_STATISTICS, tf.constant(_SCORES), tf.constant(_FEATURES)
    )
    expected = _FEATURE_STATISTICS.measure(_FEATURES)
    np.testing.assert_allclose(answer["ood_score"], expected, rtol=1e-5)
    np.testing.assert_array_equal(answer["is_ood"], expected > 1.0)
    assert (answer["ood_score"].dtype, answer["is_ood"].dtype) == (tf.float32, tf.int32)


def test_energy_in_the_graph_is_that_of_numpy() -> None:
    answer = ood_outputs(_ENERGY, None, tf.constant(_SCORES), None)
    np.testing.assert_allclose(answer["ood_score"], energy(_SCORES), rtol=1e-5)
    np.testing.assert_array_equal(answer["is_ood"], energy(_SCORES) > -1.0)


def test_a_score_that_is_no_number_is_out_of_distribution() -> None:
    answer = ood_outputs(_ENERGY, None, tf.constant([[float("nan")] * 3, [9.0] * 3]), None)
    assert answer["is_ood"].numpy().tolist() == [1, 0]


def test_without_a_rule_nothing_is_said() -> None:
    assert (
        ood_outputs(None, _FEATURE_STATISTICS, tf.constant(_SCORES), tf.constant(_FEATURES)) == {}
    )


def test_a_rule_on_features_that_are_not_there_is_a_fault() -> None:
    with pytest.raises(
        ContractError,
        match=r"feature_statistics\.parquet knows 0 of them and the network gives 0\. Make both again",
    ):
        ood_outputs(_DISTANCE, None, tf.constant(_SCORES), None)


def test_a_model_without_features_answers_with_its_energy(tmp_path: Path) -> None:
    context = signal_context(tmp_path)
    write_feature_distance(context.run, None)
    record = CalibrationRecord.read(context.run)
    record.model_copy(update={"ood": _ENERGY}).write(context.run)
    export_stage(context)
    saved, wire = load_saved_model(newest_version(context.run)), {"signal_bytes": signal_bytes(6)}
    np.testing.assert_allclose(
        saved(wire)["ood_score"], energy(saved(wire, signature="scores")["scores"]), rtol=1e-4
    )


def test_an_export_that_measures_against_other_features_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped(
        rule: OodRule, feature_statistics: FeatureDistance, *tensors: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        return ood_outputs(
            rule, replace(feature_statistics, centres=feature_statistics.centres + 1.0), *tensors
        )

    context = signal_context(tmp_path)
    monkeypatch.setattr("shared.serving.deployed_graph.ood_outputs", swapped)
    with pytest.raises(
        ContractError, match="output 'serving_default/ood_score' differs from the Keras model"
    ):
        export_stage(context)
