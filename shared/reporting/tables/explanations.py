"""What is known of one explanation, and what each of its segments contributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.formatting import format_count, format_plain, format_value
from shared.reporting.page import Fact, Table, make_table
from shared.run.artefacts.explanations.record import ExplainedRow
from shared.verdicts.explanation_trust import ADDITIVITY_LIMIT

__all__ = ["explanation_facts", "segments_table"]

_MAX_LISTED_SEGMENTS = 24


def explanation_facts(example: ExplainedRow) -> tuple[Fact, ...]:
    """What is known of an explanation without the truth about its row."""
    is_settled = "yes" if example.settled else "not settled"
    deletion = _beside_chance(example.deletion_auc, example.deletion_auc_random, "low")
    insertion = _beside_chance(example.insertion_auc, example.insertion_auc_random, "high")
    answers = (
        Fact("Score", *_answered(example)),
        Fact("Without all segments", *_without_all(example)),
        Fact("Settled", is_settled, _settled(example.settled)),
    )
    removals = (Fact("Deletion", *deletion), Fact("Insertion", *insertion))
    spent = f"{format_count(example.evaluations)} evaluations"
    sums = _additivity_fact(example.additivity_error_relative)
    return (*answers, *sums, *removals, Fact("Cost", spent, _cost(example)))


def _answered(example: ExplainedRow) -> tuple[str, str]:
    """The explained score, and what it means."""
    score = f"{format_plain(example.score, 3)} {example.unit}"
    if example.probability is None:
        return score, example.explained
    share = format_value(example.probability, "share")
    return score, f"of {example.explained}: probability {share}"


def _without_all(example: ExplainedRow) -> tuple[str, str]:
    """What the model says when everything is removed: the point that contributions start from."""
    score = f"{format_plain(example.score_none, 3)} {example.unit}"
    if example.probability_none is None:
        return score, ""
    said = f"predicted: {example.predicted_none}"
    return score, f"probability {format_value(example.probability_none, 'share')}; {said}"


def _settled(settled: bool) -> str:
    if settled:
        return "the strongest segments are known to a quarter of the strongest"
    return "another draw may rank the segments differently; raise explain.max_evaluations"


def _beside_chance(area: float | None, by_chance: float | None, better: str) -> tuple[str, str]:
    if area is None or by_chance is None:
        return "–", "no removal changes the answer"
    return format_plain(area, 2), f"random order {format_plain(by_chance, 2)}; {better}er is better"


def _cost(example: ExplainedRow) -> str:
    hidden = example.num_segments - example.num_visible
    unseen = f", {hidden} more that the model can't see" if hidden else ""
    checking = f"{format_count(example.evaluations_checking)} more to check"
    return f"{example.num_visible} segments{unseen}, {example.method}, {checking}"


def _additivity_fact(error: float | None) -> tuple[Fact, ...]:
    """Nothing for methods that sum by construction."""
    if error is None:
        return ()
    says = "adds up" if error <= ADDITIVITY_LIMIT else "does not add up: read the order only"
    return (Fact("Additivity error", format_value(error, "share"), says),)


def segments_table(arrays: Mapping[str, NDArray[Any]], example: ExplainedRow) -> Table:
    """The strongest segments by name, each with its contribution and half width."""
    half_widths = arrays["half_widths"]
    values = arrays["values"]
    order = np.argsort(-np.abs(values), kind="stable").tolist()
    rows = [
        [str(arrays["names"][one]), format_plain(float(values[one]), 3), _error(half_widths[one])]
        for one in order[:_MAX_LISTED_SEGMENTS]
    ]
    rest = order[_MAX_LISTED_SEGMENTS:]
    if rest:
        together = format_plain(float(values[rest].sum()), 3)
        rows.append([f"{len(rest)} other segments together", together, ""])
    rows.append(["Sum", format_plain(float(values.sum()), 3), ""])
    named = "Contribution" if example.is_attribution else "Attention"
    caption = f"{named} of each segment, largest first"
    return make_table(caption, ["Segment", f"#{named} ({example.value_unit})", "#±"], rows)


def _error(half_width: float) -> str:
    return format_plain(float(half_width), 2) if np.isfinite(half_width) else "not known"
