"""Sentiment analysis: texts into classes such as negative and positive."""

from __future__ import annotations

from pipelines.sentiment.behaviours.suite import build_behaviours
from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.data import load, synthesize
from pipelines.sentiment.models.families import FAMILIES
from pipelines.sentiment.perturbations import build_perturbations
from pipelines.sentiment.reading.input_stream import stream_inputs
from pipelines.sentiment.reading.inputs import read_inputs
from pipelines.sentiment.reading.recognition import recognise
from shared.contract import Deferred, ModelOfFamily, Pipeline, Purpose

__all__ = ["PIPELINE"]

PIPELINE = Pipeline(
    name="sentiment",
    title="Sentiment analysis",
    config_type=SentimentConfig,
    load=load,
    synthesize=synthesize,
    read_inputs=read_inputs,
    stream_inputs=stream_inputs,
    decode=Deferred("pipelines.sentiment.preprocess:build_decode"),
    preprocess=Deferred("pipelines.sentiment.preprocess:build_preprocess"),
    model=ModelOfFamily(FAMILIES),
    segments=Deferred("pipelines.sentiment.segments:build_segments"),
    perturbations=build_perturbations,
    baselines=Deferred("pipelines.sentiment.models.floor:build_baselines"),
    behaviours=build_behaviours,
    recognises=recognise,
    refusals=Deferred("pipelines.sentiment.refusals:build_refusals"),
    padding=Deferred("pipelines.sentiment.preprocess:padding_of"),
    unusable_items=Deferred("pipelines.sentiment.refusals:unusable_items"),
    purpose=Purpose(
        intended="sorting short texts: reviews, tickets, survey answers",
        not_for="decisions about people; long documents; other languages",
        affected="authors, and people whom texts mention",
    ),
    served_segments=Deferred("pipelines.sentiment.served_segments:served_segments"),
)
