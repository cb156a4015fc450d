from __future__ import annotations

from pathlib import Path

from shared.run.artefacts.calibration_file import AbstentionProof
from shared.serving.batch.summary import ScoringSummary


def _handed_on(summary: ScoringSummary) -> str:
    return summary.sentences(Path("scores.csv"))[-1]


def test_scoring_says_how_many_inputs_are_handed_on_and_why() -> None:
    proof = AbstentionProof(
        threshold=None, reason="too few rows", independent_rows=38.0, rows_needed=59, looks=1
    )
    everything = ScoringSummary(9, 1, "abc", num_abstained=8, why_always=proof.why_always(0.05))
    assert _handed_on(everything) == (
        "8 of 8 (100%) are handed on to a person: validation has too few rows to prove that at most"
        " 5 % of answers are wrong: it needs at least 59 independent ones and has 38 (rows of one"
        " entity count as fewer)"
    )
    some = ScoringSummary(8, 0, "abc", num_abstained=2)
    assert _handed_on(some).startswith("2 of 8 (25%) are handed on to a person: the model")
    assert _handed_on(ScoringSummary(8, 0, "abc", num_abstained=0)) == (
        "0 of 8 (0%) are handed on to a person"
    )


def test_the_rule_of_decisions_is_named_where_it_is_not_the_usual_one() -> None:
    said = ScoringSummary(8, 0, "abc", decides_for="costs").sentences(Path("scores.csv"))
    assert "calibrate.decide_for=costs" in said[1]
    assert len(ScoringSummary(8, 0, "abc").sentences(Path("scores.csv"))) == 1
