"""Speech: which of a few words is said in a short recording."""

from __future__ import annotations

from pipelines.speech.config import SpeechConfig
from pipelines.speech.data import load, synthesize
from pipelines.speech.decode import build_decode
from pipelines.speech.inputs import read_inputs
from pipelines.speech.model import build_model
from pipelines.speech.preprocess import build_preprocess
from pipelines.speech.probes import build_probes
from pipelines.speech.segments import build_segments
from shared.contract import Pipeline

__all__ = ["PIPELINE"]

PIPELINE = Pipeline(
    name="speech",
    title="Speech",
    config_type=SpeechConfig,
    load=load,
    synthesize=synthesize,
    read_inputs=read_inputs,
    decode=build_decode,
    preprocess=build_preprocess,
    model=build_model,
    segments=build_segments,
    probes=build_probes,
)
