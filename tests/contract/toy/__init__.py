"""The smallest complete pipeline: which of three pulses does a short signal hold?

It is what a fifth pipeline looks like (`pipelines/README.md` teaches by it), and it is the
honest one that the saboteurs of `tests/contract/saboteurs/` are made from.
"""

from __future__ import annotations

from shared.contract import Deferred, ModelOfFamily, Pipeline
from tests.contract.toy.behaviours import make_behaviours
from tests.contract.toy.config import FAMILIES, ToyConfig
from tests.contract.toy.data import load, read_inputs, recognise, synthesize
from tests.contract.toy.perturbations import make_perturbations
from tests.contract.toy.segments import segment

__all__ = ["PIPELINE"]

PIPELINE = Pipeline(
    name="toy",
    title="Toy signals",
    config_type=ToyConfig,
    load=load,
    synthesize=synthesize,
    read_inputs=read_inputs,
    decode=Deferred("tests.contract.toy.preprocess:build_decode"),
    preprocess=Deferred("tests.contract.toy.preprocess:fit_preprocess"),
    model=ModelOfFamily(FAMILIES),
    segments=segment,
    perturbations=make_perturbations,
    baselines=Deferred("tests.contract.toy.preprocess:build_baselines"),
    behaviours=make_behaviours,
    recognises=recognise,
    refusals=Deferred("tests.contract.toy.refusals:build_refusals"),
    unusable_items=Deferred("tests.contract.toy.refusals:unusable_items"),
    served_segments=Deferred("tests.contract.toy.served_segments:served_segments"),
)
