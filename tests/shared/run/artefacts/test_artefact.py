from __future__ import annotations

import math
import re
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from pydantic import Field, ValidationError

from shared.block import Block
from shared.errors import MissingArtefactError
from shared.run.artefacts.artefact import Artefact
from shared.run.directory import RunDirectory
from shared.run.files import METRICS


class _Share(Block):
    value: float


class _Shares(Artefact):
    file: ClassVar[str] = METRICS

    schema_version: Literal[3] = 3
    shares: dict[str, _Share] = Field(default_factory=dict)


def test_an_artefact_is_read_as_it_was_written(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    written = _Shares(shares={"of women": _Share(value=0.25)})
    written.write(run)
    assert _Shares.read(run) == written
    assert run.read_json(METRICS)["schema_version"] == 3


def test_a_missing_artefact_names_the_stage_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="The stage 'evaluate' makes it"):
        _Shares.read(RunDirectory(tmp_path))


@pytest.mark.parametrize("content", [{"shares": {}}, {"schema_version": 2}, ["no object"]])
def test_another_version_is_refused_with_the_stage_to_run_again(
    tmp_path: Path, content: object
) -> None:
    run = RunDirectory(tmp_path)
    run.write_json(METRICS, content)
    again = rf"this version reads 3\. Make it again with python -m pipelines run [a-z_A-Z]+ --stages evaluate --run-dir {tmp_path}"
    with pytest.raises(MissingArtefactError, match=again):
        _Shares.read(run)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"of women": {}}, "shares.of women.value: Field required"),
        ({"of women": {"value": 0.5, "low": 0.1}}, "shares.of women.low: Extra inputs"),
        ({"of women": {"value": "much"}}, "shares.of women.value: Input should be a valid number"),
    ],
)
def test_a_key_that_does_not_fit_is_named(tmp_path: Path, shares: object, message: str) -> None:
    run = RunDirectory(tmp_path)
    run.write_json(METRICS, {"schema_version": 3, "shares": shares})
    with pytest.raises(MissingArtefactError, match=re.escape(message)):
        _Shares.read(run)


def test_numbers_that_json_lacks_are_refused_before_they_are_written() -> None:
    with pytest.raises(ValidationError, match="finite"):
        _Share(value=math.nan)
