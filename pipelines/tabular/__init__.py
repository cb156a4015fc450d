"""Tables: numbers and categories of each row into classes."""

from __future__ import annotations

from pipelines.tabular.config import TabularConfig
from pipelines.tabular.data import complete, load, synthesize
from pipelines.tabular.models.families import FAMILIES
from pipelines.tabular.perturbations.catalogue import build_perturbations
from pipelines.tabular.reading.inputs import read_inputs
from pipelines.tabular.reading.recognition import recognise
from pipelines.tabular.segments import build_segments
from shared.contract import Deferred, ModelOfFamily, Pipeline, Purpose

__all__ = ["PIPELINE"]

PIPELINE = Pipeline(
    name="tabular",
    title="Tables",
    config_type=TabularConfig,
    load=load,
    synthesize=synthesize,
    read_inputs=read_inputs,
    decode=Deferred("pipelines.tabular.preprocess:build_decode"),
    preprocess=Deferred("pipelines.tabular.preprocess:build_preprocess"),
    model=ModelOfFamily(FAMILIES),
    segments=build_segments,
    perturbations=build_perturbations,
    baselines=Deferred("pipelines.tabular.preprocess:build_baselines"),
    recognises=recognise,
    complete=complete,
    refusals=Deferred("pipelines.tabular.refusals:build_refusals"),
    unusable_items=Deferred("pipelines.tabular.refusals:unusable_items"),
    purpose=Purpose(
        intended="sorting rows of a table: orders, visits, machine states",
        not_for="decisions about people without a person; forecasts of series",
        affected="whoever a row is about",
    ),
    served_segments=Deferred("pipelines.tabular.served_segments:served_segments"),
)
