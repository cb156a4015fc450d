"""Settings that change what a run is made of, each held to every check as a family is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import pipelines
from tests.contract.case import Case
from tests.contract.checks import CHECKS
from tests.contract.conftest import marks

_FEW = ("train.synthesize_up_to=60", "train.synthesize_px=16", "train.synthesize_steps=3")

OPTIONS = {
    "speech-denoise": ("data.denoise=mask", "data.denoise_steps=12"),
    "medical_imaging-diffusion": ("train.synthesize=diffusion", *_FEW),
    "medical_imaging-gan": ("train.synthesize=gan", *_FEW),
}
"""Pipeline and name of the option -> its settings beside the smoke preset."""

CaseOf = Callable[[str], Case]


@pytest.fixture(scope="session")
def case_of(tmp_path_factory: pytest.TempPathFactory) -> CaseOf:
    @cache
    def make(option: str) -> Case:
        name = option.partition("-")[0]
        return Case(
            pipelines.get_pipeline(name),
            pipelines.presets_folder(name),
            tmp_path_factory.mktemp(option),
            settings=OPTIONS[option],
        )

    return make


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "check"),
    [
        pytest.param(option, check, marks=marks(option, check))
        for option in OPTIONS
        for check in CHECKS
    ],
)
def test_a_pipeline_keeps_its_promises_with_the_option(
    option: str, check: str, case_of: CaseOf
) -> None:
    CHECKS[check](case_of(option))


@pytest.mark.parametrize("option", OPTIONS)
def test_the_option_changes_the_smoke_preset(option: str, tmp_path: Path) -> None:
    name = option.partition("-")[0]
    pipeline, presets = pipelines.get_pipeline(name), pipelines.presets_folder(name)
    plain = Case(pipeline, presets, tmp_path)
    assert Case(pipeline, presets, tmp_path, settings=OPTIONS[option]).config != plain.config
