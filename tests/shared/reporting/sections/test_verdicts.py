from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.reporting.artefacts import Artefacts, read_artefacts
from shared.reporting.page import Verdict
from shared.reporting.sections.verdicts import view_verdicts
from tests.shared.reporting.runs import make_run

_QUESTION = "Does it notice out-of-distribution inputs?"


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    return read_artefacts(make_run(tmp_path_factory.mktemp("runs") / "words"))


def _verdict(artefacts: Artefacts, **flagged: Any) -> list[Verdict]:
    """What is said of out-of-distribution inputs if `flagged` is the share of each that is flagged."""
    (recipe,) = (
        item for item in artefacts.metrics["ood"]["perturbations"] if item["kind"] == "ood"
    )
    entries = [recipe | {"perturbation": name, "flagged": value} for name, value in flagged.items()]
    changed = replace(
        artefacts, metrics=artefacts.metrics | {"ood": {"rule": None, "perturbations": entries}}
    )
    return [verdict for verdict in view_verdicts(changed) if verdict.question == _QUESTION]


def test_ood_inputs_that_are_nearly_all_flagged_are_noticed(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe={"value": 0.99}, poem={"value": 0.93})
    assert (verdict.answer, verdict.tone) == ("Those that were tried", "good")
    assert verdict.detail == "of 2 kinds tried, poem is flagged least: 93.0\xa0%"


def test_one_kind_that_passes_is_named(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe={"value": 0.99}, poem={"value": 0.4})
    assert (verdict.answer, verdict.tone) == ("Not all", "warn")
    assert "poem is flagged least: 40.0\xa0%" in verdict.detail


def test_a_model_without_a_rule_notices_nothing(artefacts: Artefacts) -> None:
    (verdict,) = _verdict(artefacts, recipe=None)
    assert (verdict.answer, verdict.tone) == ("No", "warn")


def test_without_ood_inputs_nothing_is_asked(artefacts: Artefacts) -> None:
    assert _verdict(artefacts) == []
