"""Time series: forecasts with quantiles.

From the last window of a series and what is known about the steps ahead.
"""

from __future__ import annotations

from pipelines.time_series.completing import complete
from pipelines.time_series.config import TimeSeriesConfig
from pipelines.time_series.data import load, synthesize
from pipelines.time_series.models.families import FAMILIES
from pipelines.time_series.perturbations import build_perturbations
from pipelines.time_series.reading.inputs import read_inputs
from pipelines.time_series.reading.recognising import recognise
from pipelines.time_series.segments import build_segments
from shared.contract import Deferred, ModelOfFamily, Pipeline, Purpose

__all__ = ["PIPELINE"]

PIPELINE = Pipeline(
    name="time_series",
    title="Time series",
    config_type=TimeSeriesConfig,
    load=load,
    synthesize=synthesize,
    read_inputs=read_inputs,
    decode=Deferred("pipelines.time_series.preprocess:build_decode"),
    preprocess=Deferred("pipelines.time_series.preprocess:build_preprocess"),
    model=ModelOfFamily(FAMILIES),
    segments=build_segments,
    perturbations=build_perturbations,
    baselines=Deferred("pipelines.time_series.floors.baselines:build_baselines"),
    recognises=recognise,
    complete=complete,
    refusals=Deferred("pipelines.time_series.refusals:build_refusals"),
    unusable_items=Deferred("pipelines.time_series.refusals:unusable_items"),
    purpose=Purpose(
        intended="regularly sampled series with a season, such as load or sales",
        not_for="irregular series; finding anomalies; decisions about people",
        affected="those who plan by the forecasts",
    ),
    served_segments=Deferred("pipelines.time_series.served_segments:served_segments"),
)
