"""Speech: which of a few words is said in a short recording."""

from __future__ import annotations

from pipelines.speech.config import SpeechConfig
from pipelines.speech.data import complete, load, synthesize
from pipelines.speech.denoising.served import served_tensors
from pipelines.speech.models.families import FAMILIES
from pipelines.speech.perturbations import build_perturbations
from pipelines.speech.reading.files import recognise
from pipelines.speech.reading.input_stream import stream_inputs
from pipelines.speech.reading.inputs import read_inputs
from pipelines.speech.segments import build_segments
from shared.contract import Deferred, ModelOfFamily, Pipeline, Purpose

__all__ = ["PIPELINE"]

PIPELINE = Pipeline(
    name="speech",
    title="Speech",
    config_type=SpeechConfig,
    load=load,
    synthesize=synthesize,
    read_inputs=read_inputs,
    stream_inputs=stream_inputs,
    decode=Deferred("pipelines.speech.preprocess:build_decode"),
    preprocess=Deferred("pipelines.speech.preprocess:build_preprocess"),
    model=ModelOfFamily(FAMILIES),
    segments=build_segments,
    perturbations=build_perturbations,
    baselines=Deferred("pipelines.speech.models.floor:build_baselines"),
    recognises=recognise,
    complete=complete,
    refusals=Deferred("pipelines.speech.refusals:build_refusals"),
    unusable_items=Deferred("pipelines.speech.refusals:unusable_items"),
    purpose=Purpose(
        intended="a closed set of words, in rooms without much noise",
        not_for="continuous speech; recognising people; speakers unlike those tested",
        affected="speakers, above all of rare accents",
    ),
    served_segments=Deferred("pipelines.speech.served_segments:served_segments"),
    served_stream=Deferred("pipelines.speech.served_stream:served_stream"),
    served_tensors=served_tensors,
)
