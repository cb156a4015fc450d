"""Whether and how a run's graph explains its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Described, Rows, ServedSegments, Splits
from shared.errors import UserError
from shared.loading.batches.preparation import as_tensors
from shared.model.calibration import calibrated_scores
from shared.model.differentiable import DifferentiableModel, differentiable, require_gradients
from shared.model.trained_model import TrainedModel
from shared.run.artefacts.calibration_file import CalibrationRecord
from shared.run.artefacts.signature_file import AttributionRecord
from shared.run.context import StageContext
from shared.serving.attribution.endpoint import ServedAttributions, path_points

__all__ = ["AttributionPlan", "plan_attributions"]

_NUM_BASELINES = 4
_ROWS_A_BASELINE = 32
_FEWEST_ROWS = 8
"""Of a mean, so that no record can be told from it."""
_EMPTIED = "the row with everything removed that segments can remove"
_MEANS = f"means of groups of up to {_ROWS_A_BASELINE} training rows each"
_REMAINING = "The methods shap_exact, shap_permutation, shap_partition and occlusion remain."


@dataclass(frozen=True)
class AttributionPlan:
    """What became of the endpoint.

    Attributes:
        attributions: Its graph; None if there is none.
        reason: Why there is none, in words; empty if there is one.
    """

    attributions: ServedAttributions | None
    reason: str

    @property
    def segments(self) -> ServedSegments | None:
        """What is attributed to; None without the endpoint."""
        return None if self.attributions is None else self.attributions.segments

    @property
    def described(self) -> Mapping[str, Described]:
        """What else the endpoint answers."""
        return {} if self.segments is None else self.segments.described

    @property
    def record(self) -> AttributionRecord | None:
        """What clients must know; None without the endpoint."""
        served = self.attributions
        if served is None:
            return None
        is_emptied = served.baselines is None
        return AttributionRecord(
            method="integrated_gradients" if is_emptied else "expected_gradients",
            baseline=_EMPTIED if is_emptied else _MEANS,
            num_baselines=served.num_baselines,
            points=len(path_points()[0]),
            segments=served.segments.names,
        )


def plan_attributions(
    context: StageContext, model: TrainedModel, record: CalibrationRecord
) -> AttributionPlan:
    """Open the model where its pipeline says, and find baselines on the training split."""
    if not context.config.export.explain:
        return AttributionPlan(None, "export.explain=false")
    segments = context.pipeline.served_segments(context.config)
    if segments is None:
        return AttributionPlan(None, f"The pipeline names no segments for it. {_REMAINING}")
    try:
        opened = differentiable(model, segments)
        rows = as_tensors(model.decode_rows(context.splits().train.rows(np.zeros(1, np.int64))))
        require_gradients(opened, rows, model.preprocess(rows, training=False))
    except UserError as error:
        return AttributionPlan(None, f"{error} {_REMAINING}")
    baselines = None
    if segments.emptied is None:
        baselines = _baselines(context.splits(), model, opened, context.config.train.seed)
    served = ServedAttributions(
        model=opened,
        segments=segments,
        target=context.splits().target,
        calibrate=lambda scores: calibrated_scores(record.calibration, scores),
        baselines=baselines,
    )
    return AttributionPlan(served, "")


def _baselines(
    splits: Splits, model: TrainedModel, opened: DifferentiableModel, seed: int
) -> list[NDArray[Any]]:
    """Means of disjoint groups of training rows at each place, (baselines, *cells)."""
    count = min(len(splits.train), _NUM_BASELINES * _ROWS_A_BASELINE)
    generator = np.random.default_rng([seed, len(splits.train)])
    drawn = generator.choice(len(splits.train), count, replace=False).astype(np.int64)
    num_groups = min(max(count // _FEWEST_ROWS, 1), _NUM_BASELINES)
    groups = np.array_split(drawn, num_groups)
    means = [_mean_places(splits.train.rows(np.sort(group)), model, opened) for group in groups]
    return [np.stack(values) for values in zip(*means, strict=True)]


def _mean_places(
    wire: Rows, model: TrainedModel, opened: DifferentiableModel
) -> list[NDArray[Any]]:
    rows = as_tensors(model.decode_rows(wire))
    values = opened.read(rows, model.preprocess(rows, training=False))
    return [
        np.asarray(value).mean(axis=0, dtype=np.float64).astype(value.dtype.as_numpy_dtype)
        for value in values
    ]
