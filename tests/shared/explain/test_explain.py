from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.contract import Rows, Segments
from shared.errors import ContractError
from shared.explain.explain import explain_stage
from shared.explain.explainer import Explainer
from shared.explain.game.game import Game
from shared.explain.game.together import without_asking
from shared.explain.methods.attribution import Attribution
from shared.run.artefacts.explanations.record import Explanations
from shared.run.context import StageContext
from shared.targets.decision import Screening
from shared.verdicts.explanation_trust import judge_explanations
from tests.shared.explain.cells_run import NUM_CELLS, PIPELINE, cells_run, cells_segments


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> StageContext:
    made = cells_run(tmp_path_factory.mktemp("runs") / "run")
    explain_stage(made)
    return made


@pytest.fixture(scope="module")
def record(context: StageContext) -> dict[str, Any]:
    found: dict[str, Any] = context.run.read_json("explanations.json", maker="explain")
    return found


def test_every_explanation_sums_to_its_score(record: dict[str, Any]) -> None:
    assert len(record["examples"]) == 6
    # By construction of the method: the record says nothing of it, the arrays must show it.
    assert {example["additivity_error_relative"] for example in record["examples"]} == {None}


def test_removal_by_the_explanation_beats_random_removal(record: dict[str, Any]) -> None:
    assert all(
        example["deletion_auc"] < example["deletion_auc_random"] for example in record["examples"]
    )
    assert record["summary"]["deletion_gain"]["ci_low"] > 0


def test_attribution_is_found_where_the_cause_was_planted(record: dict[str, Any]) -> None:
    assert record["summary"]["localisation"]["value"] > 0.9
    assert record["summary"]["localisation_expected"]["value"] == pytest.approx(1 / 6)
    assert record["summary"]["pointing_hit"] == record["summary"]["pointing_hit"] | {
        "value": 1.0,
        "n": 6,
    }


def test_arrays_load_without_pickle_and_match_the_record(
    context: StageContext, record: dict[str, Any]
) -> None:
    example = record["examples"][0]
    with np.load(context.run / example["file"], allow_pickle=False) as arrays:
        assert set(arrays) == {
            *("values", "half_widths", "visible", "names"),
            *("spans", "extent", "canvas", "ground_truth"),
        }
        assert arrays["values"].sum() == pytest.approx(example["score"] - example["score_none"])
        assert arrays["names"].tolist()[2] == "cell 2"


def test_the_strongest_segments_stand_in_the_record_by_name(record: dict[str, Any]) -> None:
    for example in record["examples"]:
        sizes = [abs(one["value"]) for one in example["strongest"]]
        assert example["strongest"][0]["name"] == "cell 2"
        assert sizes == sorted(sizes, reverse=True)
        assert len(sizes) == NUM_CELLS


def test_the_record_says_how_it_was_made(record: dict[str, Any]) -> None:
    assert record["axes"] == [{"name": "time", "unit": "s"}]
    assert record["max_evaluations"] == 64
    assert all(example["evaluations"] <= 64 for example in record["examples"])


def test_a_rerun_writes_the_same_bytes(context: StageContext) -> None:
    names = ["explanations.json", *(f"explanations/{position}.npz" for position in range(6))]
    before = [(context.run / name).read_bytes() for name in names]
    explain_stage(context)
    assert [(context.run / name).read_bytes() for name in names] == before


def test_times_are_kept_apart_from_results(context: StageContext) -> None:
    timing = json.loads((context.run / "explanations_timing.json").read_text(encoding="utf-8"))
    assert timing["seconds"] >= sum(timing["parts"].values()) - 0.01 > 0


def test_a_mask_that_changes_the_kept_row_is_refused(tmp_path: Path) -> None:
    def shifted(config: Any, row: Rows) -> Segments:
        honest = cells_segments(config, row)
        return replace(
            honest, mask=lambda keep: {"signal": np.roll(honest.mask(keep)["signal"], 1, axis=1)}
        )

    with pytest.raises(ContractError, match="keeps everything must give the row itself"):
        explain_stage(cells_run(tmp_path / "run", replace(PIPELINE, segments=shifted)))


def test_spans_that_do_not_fit_the_axes_are_refused(tmp_path: Path) -> None:
    def flat(config: Any, row: Rows) -> Segments:
        honest = cells_segments(config, row)
        return replace(honest, spans=honest.spans[:, 0])

    with pytest.raises(
        ContractError, match=r"\(segments, axes, 2\) = \(6, 1, 2\), received \(6, 2\)"
    ):
        explain_stage(cells_run(tmp_path / "run", replace(PIPELINE, segments=flat)))


def test_the_class_that_is_decided_for_is_explained(tmp_path: Path) -> None:
    always_bright = Screening(class_index=1, goal="sensitivity", requested=1.0, threshold=0.0)
    context = cells_run(tmp_path / "run", rule=always_bright)
    explain_stage(context)
    found = context.run.read_json("explanations.json", maker="explain")
    assert {example["predicted"] for example in found["examples"]} == {"bright"}
    assert {example["right"] for example in found["examples"]} == {True, False}


def _shuffled(found: dict[str, Any]) -> dict[str, Any]:
    return {one["part"]: one["correlation"] for one in found["checks"]["randomised"]}


def test_explanations_of_shuffled_weights_are_others(record: dict[str, Any]) -> None:
    assert record["checks"]["rows"] == 6
    assert _shuffled(record)["all that was fitted"]["value"] < 0.9
    stable = {one["change"]: one for one in record["checks"]["stability"]}
    assert stable["tiny noise"]["correlation"]["value"] > 0.9


def test_an_explainer_that_ignores_the_model_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @without_asking
    def energy(self: Explainer, game: Game, *_: Any, **__: Any) -> Attribution:
        values = np.abs(game.row["signal"][0].astype(np.float64))
        return Attribution("occlusion", values, np.zeros_like(values), True)

    monkeypatch.setattr(Explainer, "attribute", energy)
    context = cells_run(tmp_path / "run")
    explain_stage(context)
    found = Explanations.read(context.run)
    assert found.checks is not None
    assert {one.correlation.value for one in found.checks.randomised} == {1.0}
    trust = judge_explanations(found)
    assert trust is not None
    assert trust.status == "do not use"
    assert "explanations of shuffled weights" in trust.reason


def test_what_is_said_when_everything_is_removed_stands_in_the_record(
    record: dict[str, Any],
) -> None:
    assert record["removals"]["chosen"] == "default"
    assert record["removals"]["tested"][0]["distance"]["value"] == pytest.approx(0.0, abs=1e-6)


def test_what_matters_in_general_is_summed_over_brief_explanations(record: dict[str, Any]) -> None:
    survey = record["survey"]
    assert survey["rows"] == 12
    assert survey["places"][0]["place"] == "cell 2"
    assert survey["places"][0]["share"]["value"] > 0.9
    assert survey["groups"][0]["attribute"] == "site"
