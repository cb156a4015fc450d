"""The explain stage: Shapley values of some test examples, and how far they can be trusted."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.contract import Examples, Rows, Segments
from shared.errors import ContractError
from shared.explain.explanation_files import Explanation, write_explanations
from shared.explain.faithfulness import additivity_error, deletion
from shared.explain.known_cause import describe_decision, describe_truth, localise
from shared.explain.masked_score import MaskedScore
from shared.explain.selection import select_examples
from shared.explain.shapley import Attribution, shapley_values
from shared.explain.summary import summarise
from shared.model.trained_model import TrainedModel, load_trained_model
from shared.run.context import StageContext
from shared.targets import Target
from shared.targets.predictions import Predictions

__all__ = ["explain_row", "explain_stage"]

_METHOD = (
    "Shapley values over segments: by enumeration where there are few, by permutations where there"
    " are more, by partition (Owen values, neighbours first) where there are many"
)
_MAX_CANDIDATES = 256
_CHUNK_MASKS = 64
_KEEP_ALL_TOLERANCE = (
    1e-3  # relative; wide enough for TF32 convolutions, far too narrow for a wrong mask
)


def explain_stage(context: StageContext) -> None:
    """Write `explanations.json`, `explanations/<position>.npz` and `explanations_timing.json`.

    Raises:
        ContractError: A pipeline's mask that keeps everything changes the row, or its segments do
            not fit together.
    """
    started = time.perf_counter()
    config, splits = context.config, context.splits()
    model = load_trained_model(context)
    candidates = _candidates(splits.test, config.train.seed)
    rows = model.decode_rows(candidates.rows(np.arange(len(candidates))))
    predictions = Predictions(
        candidates.ids,
        candidates.entities,
        candidates.targets,
        model.score_rows(rows),
        candidates.forecast,
    )
    chosen = select_examples(
        splits.target, predictions, config.explain.num_examples, seed=config.train.seed
    )
    explanations: list[Explanation] = []
    seconds: list[float] = []
    for position, index in enumerate(chosen.tolist()):
        context.progress.update(position, len(chosen), f"explaining {candidates.ids[index]}")
        row_started = time.perf_counter()
        row = {name: values[index : index + 1] for name, values in rows.items()}
        explanation = explain_row(
            context, model, row, target=splits.target, seed=config.train.seed + position
        )
        explanations.append(_with_truth(explanation, splits.target, candidates, index))
        seconds.append(round(time.perf_counter() - row_started, 3))
    summary = summarise(
        [item.facts for item in explanations], confidence=config.evaluate.confidence
    )
    write_explanations(
        context.run,
        explanations,
        {"method": _METHOD, "max_evaluations": config.explain.max_evaluations, "summary": summary},
    )
    context.run.write_json(
        "explanations_timing.json",
        {"seconds": round(time.perf_counter() - started, 3), "examples": seconds},
    )


def explain_row(
    context: StageContext, model: TrainedModel, row: Rows, *, target: Target, seed: int
) -> Explanation:
    """Explain the score of one decoded row (leading axis of length 1).

    Raises:
        ContractError: Keeping every segment does not give the row's own score, or the segments do
            not fit together.
    """
    segments = context.pipeline.segments(context.config, row)
    _check_spans(segments)
    original = model.score_rows(row)

    def explained(rows: Rows) -> NDArray[np.float64]:
        return target.explained_score(model.score_rows(rows), original)

    score = MaskedScore(
        segments.mask, explained, num_segments=len(segments.names), chunk_size=_CHUNK_MASKS
    )
    _check_keep_all(score.all_kept(), float(target.explained_score(original, original)[0]))
    attribution = shapley_values(
        score, segments.spans, max_evaluations=context.config.explain.max_evaluations, seed=seed
    )
    spent = {"decision": describe_decision(target, original), "evaluations": score.evaluations}
    return Explanation(segments, attribution, spent | _measure(score, attribution, seed))


def _measure(score: MaskedScore, attribution: Attribution, seed: int) -> dict[str, Any]:
    removal = deletion(score, attribution.values, seed=seed)
    all_kept, none_kept = score.all_kept(), score.none_kept()
    return {
        "method": attribution.method,
        "segments": score.num_segments,
        "score": all_kept,
        "score_none": none_kept,
        "additivity_error_relative": additivity_error(
            attribution.values, all_kept=all_kept, none_kept=none_kept
        ),
        "deletion_auc": removal.auc,
        "deletion_auc_random": removal.random_auc,
        "deletion_gain": removal.random_auc - removal.auc,
        "deletion_curve": {
            "removed_share": removal.removed_share.tolist(),
            "informed": removal.curve.tolist(),
            "random": removal.random_curve.tolist(),
        },
    }


def _with_truth(
    explanation: Explanation, target: Target, examples: Examples, index: int
) -> Explanation:
    """Add the example's id, its true target and, where the cause is known, how well the attribution finds it."""
    truth = describe_truth(target, examples.targets[index])
    facts = explanation.facts | {"id": str(examples.ids[index]), "target": truth}
    if isinstance(truth, str):
        facts["right"] = truth == facts["decision"]
    if examples.ground_truth is None:
        return replace(explanation, facts=facts)
    ground_truth = examples.ground_truth(index)
    facts |= localise(
        target, explanation.attribution.values, explanation.segments.spans, ground_truth
    )
    return replace(explanation, facts=facts, ground_truth=ground_truth)


def _candidates(examples: Examples, seed: int) -> Examples:
    """A bounded part of the test examples, so that choosing among a million does not mean scoring a million."""
    if len(examples) <= _MAX_CANDIDATES:
        return examples
    drawn = np.random.default_rng([seed, len(examples)]).choice(
        len(examples), _MAX_CANDIDATES, replace=False
    )
    return examples.take(np.sort(drawn).astype(np.int64))


def _check_spans(segments: Segments) -> None:
    expected = (len(segments.names), len(segments.axes), 2)
    if segments.spans.shape != expected:
        raise ContractError(
            f"Segments.spans must have the shape (segments, axes, 2) = {expected}, received"
            f" {segments.spans.shape}."
        )


def _check_keep_all(kept: float, original: float) -> None:
    if abs(kept - original) > _KEEP_ALL_TOLERANCE * max(1.0, abs(original)):
        raise ContractError(
            "Segments.mask that keeps everything must give the row itself, but its score is"
            f" {kept:.6g} where the row's is {original:.6g}."
        )
