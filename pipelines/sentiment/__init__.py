"""Sentiment analysis: texts into classes such as negative and positive."""

from __future__ import annotations

from pipelines.sentiment.config import SentimentConfig
from pipelines.sentiment.data import load, synthesize
from pipelines.sentiment.inputs import read_inputs
from pipelines.sentiment.model import build_model
from pipelines.sentiment.preprocess import build_decode, build_preprocess
from pipelines.sentiment.probes import build_probes
from pipelines.sentiment.segments import build_segments
from shared.contract import Pipeline

__all__ = ["PIPELINE"]

PIPELINE = Pipeline(
    name="sentiment",
    title="Sentiment analysis",
    config_type=SentimentConfig,
    load=load,
    synthesize=synthesize,
    read_inputs=read_inputs,
    decode=build_decode,
    preprocess=build_preprocess,
    model=build_model,
    segments=build_segments,
    probes=build_probes,
)
