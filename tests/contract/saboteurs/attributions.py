"""Served attributions that break the contract, made from the honest ones by one change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any

from shared.model.trained_model import load_trained_model
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.feature_distance import read_feature_distance
from shared.run.context import StageContext
from shared.serving.attribution.endpoint import ServedAttributions
from shared.serving.attribution.plan import plan_attributions
from shared.serving.deployed_graph import DeployedGraph, write_saved_model
from tests.contract.saboteurs.made_once import make_once

__all__ = ["explain_another_class", "lose_half_in_silence"]

StageFunction = Callable[[StageContext], None]
Explain = Callable[..., dict[str, Any]]


def explain_another_class(honest: StageFunction) -> StageFunction:
    """Publishes attributions of the class after the decided one."""

    def shift(explain: Explain, *given: Any) -> dict[str, Any]:
        rows, tensors, calibrated, index = given
        return explain(rows, tensors, calibrated, (index + 1) % calibrated.shape[-1])

    return _with_attributions(honest, shift)


def lose_half_in_silence(honest: StageFunction) -> StageFunction:
    """Publishes half of each attribution, and a gap that knows nothing of it."""

    def halve(explain: Explain, *given: Any) -> dict[str, Any]:
        told = explain(*given)
        return {**told, "attributions": told["attributions"] / 2.0}

    return _with_attributions(honest, halve)


def _with_attributions(
    honest: StageFunction, change: Callable[..., dict[str, Any]]
) -> StageFunction:
    class Changed(ServedAttributions):
        def __call__(self, *given: Any) -> dict[str, Any]:
            return change(super().__call__, *given)

    def stage(context: StageContext) -> None:
        make_once(honest, context, "signature.json")
        model = load_trained_model(context)
        record = CalibrationRecord.read(context.run)
        served = plan_attributions(context, model, record).attributions
        assert served is not None
        changed = Changed(**{one.name: getattr(served, one.name) for one in fields(served)})
        target = context.splits().target
        features = read_feature_distance(context.run)
        graph = DeployedGraph(model, target, record, features, attributions=changed)
        context.run.write_folder("saved_model/1", partial(write_saved_model, graph))

    return stage
