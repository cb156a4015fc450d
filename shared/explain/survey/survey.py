"""Brief explanations of many test rows, summed up by place, class and group."""

from __future__ import annotations

from collections import Counter

import numpy as np

from shared.contract import Examples
from shared.explain.explainer import Explainer, resampling_of
from shared.explain.game.together import Steps, run_together
from shared.explain.methods.choice import evaluations_of
from shared.explain.questions import describe_question, unit_of_answer
from shared.explain.survey.group_looks import compare_groups
from shared.explain.survey.place_means import mean_places
from shared.explain.survey.surveyed_rows import SurveyedRow, SurveyedRows
from shared.run.artefacts.explanations.survey import Survey
from shared.run.progress import Progress
from shared.targets import Categories

__all__ = ["take_survey"]

_ORDERS = 2
"""Random orders a row, each both ways. What drawing leaves in one row averages out over many; it
lifts all mean |values| a little, and alike in all groups."""


def take_survey(explainer: Explainer, examples: Examples, progress: Progress) -> Survey | None:
    """Explain up to `explain.num_surveyed` rows briefly; None if none is asked for or explained.

    Rows that can't be explained are left out: the gallery names such.

    Args:
        explainer: Of the run.
        examples: Test rows to draw from.
        progress: Where progress is told.
    """
    config = explainer.config
    count = min(config.explain.num_surveyed, len(examples))
    generator = np.random.default_rng([config.train.seed, count])
    chosen = np.sort(generator.choice(len(examples), count, replace=False)).tolist()
    works = (_survey_row(explainer, examples, index) for index in chosen)
    surveyed: dict[int, SurveyedRow] = {}
    evaluations = 0
    for done, (position, outcome) in enumerate(run_together(works), start=1):
        progress.update(done, count, "surveying what matters in general")
        if isinstance(outcome, tuple):
            row, spent = outcome
            surveyed[position] = row
            evaluations += spent
    rows = [surveyed[position] for position in sorted(surveyed)]
    found = SurveyedRows.of(rows)
    if found is None:
        return None
    resampling = resampling_of(config)
    is_class = isinstance(explainer.target, Categories)
    return Survey(
        rows=len(found.rows),
        evaluations=evaluations,
        method=Counter(row.method for row in found.rows).most_common(1)[0][0],
        unit=_unit(explainer),
        places=mean_places(found, resampling, by_class=is_class),
        groups=compare_groups(found, resampling),
    )


def _unit(explainer: Explainer) -> str:
    """Of what is summed."""
    is_attribution = explainer.config.explain.method != "attention"
    return unit_of_answer(explainer.target) if is_attribution else "share of attention"


def _survey_row(
    explainer: Explainer, examples: Examples, index: int
) -> Steps[tuple[SurveyedRow, int]]:
    """One row's brief explanation, and what it cost."""
    wire = examples.rows(np.array([index], dtype=np.int64))
    game = yield from explainer.game(explainer.model.decode_rows(wire))
    settings = explainer.config.explain
    budget = evaluations_of(
        settings.method, game.score.num_segments, orders=_ORDERS, at_most=settings.max_evaluations
    )
    found = yield from explainer.attribute(game, budget, seed=explainer.config.train.seed + index)
    segments = game.segments
    groups = examples.groups.iloc[index].to_dict()
    row = SurveyedRow(
        entity=str(examples.entities[index]),
        groups={str(name): str(group) for name, group in groups.items()},
        explained=describe_question(explainer.target, game.question),
        method=found.method,
        places=segments.places or segments.names,
        values=game.spread(found.values),
    )
    return row, game.score.evaluations + found.num_gradients
