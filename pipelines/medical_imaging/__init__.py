"""Medical imaging: one image in, one diagnosis class out."""

from __future__ import annotations

from pipelines.medical_imaging.config import MedicalConfig
from pipelines.medical_imaging.data import load, synthesize
from pipelines.medical_imaging.input_stream import stream_inputs
from pipelines.medical_imaging.models.families import FAMILIES
from pipelines.medical_imaging.perturbations import build_perturbations
from pipelines.medical_imaging.reading.files import recognise
from pipelines.medical_imaging.reading.inputs import read_inputs
from pipelines.medical_imaging.segments import build_segments
from shared.contract import Deferred, ModelOfFamily, Pipeline, Purpose

__all__ = ["PIPELINE"]

PIPELINE = Pipeline(
    name="medical_imaging",
    title="Medical imaging",
    config_type=MedicalConfig,
    load=load,
    synthesize=synthesize,
    read_inputs=read_inputs,
    stream_inputs=stream_inputs,
    decode=Deferred("pipelines.medical_imaging.preprocess:build_decode"),
    preprocess=Deferred("pipelines.medical_imaging.preprocess:build_preprocess"),
    model=ModelOfFamily(FAMILIES),
    segments=build_segments,
    perturbations=build_perturbations,
    baselines=Deferred("pipelines.medical_imaging.models.floor:build_baselines"),
    recognises=recognise,
    refusals=Deferred("pipelines.medical_imaging.refusals:build_refusals"),
    unusable_items=Deferred("pipelines.medical_imaging.refusals:unusable_items"),
    purpose=Purpose(
        intended="sorting images of your own collection, for research",
        not_for="decisions about a person (not a medical device); other cameras, clinics or skin",
        affected="patients on the images, and those who read them",
    ),
    generate=Deferred("pipelines.medical_imaging.generation.rows:generate_rows"),
    served_segments=Deferred("pipelines.medical_imaging.served_segments:served_segments"),
)
