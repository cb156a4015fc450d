"""What a pipeline is. Importing it loads no TensorFlow."""

from __future__ import annotations

from shared.contract.examples import UNKNOWN, CodedEntities, Examples, Splits, group_counts
from shared.contract.families import Family, ModelOfFamily
from shared.contract.generated_rows import GeneratedRows, generates_nothing
from shared.contract.padding import Padding, no_padding
from shared.contract.perturbation import Perturbation
from shared.contract.pipeline import (
    Deferred,
    Pipeline,
    no_baselines,
    no_behaviours,
    no_perturbations,
    recognises_nothing,
    streams_nothing,
)
from shared.contract.purpose import NO_PURPOSE, Purpose
from shared.contract.refusals import (
    NOT_FINITE,
    UNDECODABLE,
    Refusal,
    no_refusals,
    no_unusable_items,
)
from shared.contract.segments import Axis, Mask, Segments
from shared.contract.served.segments import Described, ServedSegments, serves_no_segments
from shared.contract.served.stream import ServedStream, StreamState, streams_no_scores
from shared.contract.served.tensors import ServedTensor, serves_no_tensors
from shared.contract.sources import (
    ContentKind,
    Inputs,
    InputStream,
    Problem,
    Provenance,
    Recognition,
    Rows,
)

__all__ = [
    "NOT_FINITE",
    "NO_PURPOSE",
    "UNDECODABLE",
    "UNKNOWN",
    "Axis",
    "CodedEntities",
    "ContentKind",
    "Deferred",
    "Described",
    "Examples",
    "Family",
    "GeneratedRows",
    "InputStream",
    "Inputs",
    "Mask",
    "ModelOfFamily",
    "Padding",
    "Perturbation",
    "Pipeline",
    "Problem",
    "Provenance",
    "Purpose",
    "Recognition",
    "Refusal",
    "Rows",
    "Segments",
    "ServedSegments",
    "ServedStream",
    "ServedTensor",
    "Splits",
    "StreamState",
    "generates_nothing",
    "group_counts",
    "no_baselines",
    "no_behaviours",
    "no_padding",
    "no_perturbations",
    "no_refusals",
    "no_unusable_items",
    "recognises_nothing",
    "serves_no_segments",
    "serves_no_tensors",
    "streams_no_scores",
    "streams_nothing",
]
