"""What each method's explanations score on a run, and against whom they lose.

    python -m benchmarks.explain.scores RUN [RUN …] [--methods shap_permutation grad_cam …]

The explain stage is done anew for each method, in a copy of the run. Leads are over the hardest
comparator that never asks the model, paired over rows, with intervals by entity: probability by
which deletion and insertion are better, and rows more whose strongest segment lies on the known
cause. A method that a run can't have says why.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from benchmarks.explain.__main__ import context_of
from benchmarks.results.markdown import markdown_table
from shared.config import ExplainMethod
from shared.errors import UserError
from shared.explain.explain import explain_stage
from shared.run.artefacts.explanations.checks import Contest
from shared.run.artefacts.explanations.record import Explanations
from shared.run.context import StageContext
from shared.run.directory import RunDirectory
from shared.verdicts.explanation_trust import judge_explanations

__all__ = ["main"]

_METHODS = tuple(one for one in get_args(ExplainMethod) if one != "auto")
_HEAD = ("run", "method", "rows", "settled", "deletion", "insertion", "pointing", "verdict")
_LEFT = ("saved_model", "explanations", "gallery", "checkpoints", "report.html")
"""What a copy for one stage does not need."""


def main() -> None:
    """Print a table, one row a method of a run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    parser.add_argument("--methods", nargs="+", choices=_METHODS, default=_METHODS)
    parser.add_argument("--examples", type=int, default=40)
    given = parser.parse_args()
    rows = [row for run in given.runs for row in _scores(run, tuple(given.methods), given.examples)]
    print(markdown_table(_HEAD, rows))


def _scores(
    folder: Path, methods: Sequence[ExplainMethod], num_examples: int
) -> Iterator[tuple[str, ...]]:
    for method in methods:
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / "run"
            shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(*_LEFT))
            context = _asking(context_of(copy), method, num_examples)
            yield (context.pipeline.name, method, *_cells(context))


def _asking(context: StageContext, method: ExplainMethod, num_examples: int) -> StageContext:
    asked = {"method": method, "num_examples": num_examples, "num_surveyed": 0}
    explain = context.config.explain.model_copy(update=asked)
    return replace(context, config=context.config.model_copy(update={"explain": explain}))


def _cells(context: StageContext) -> tuple[str, ...]:
    try:
        explain_stage(context)
    except UserError as error:
        return ("", "", "", "", "", f"none: {str(error).splitlines()[0]}")
    record = Explanations.read(RunDirectory(context.run.path))
    trust = judge_explanations(record)
    settled = sum(example.settled for example in record.examples)
    hardest = {one.measure: one for one in record.contests if one.hardest}
    leads = [_lead(hardest.get(measure)) for measure in ("deletion", "insertion", "pointing")]
    verdict = "none" if trust is None else f"{trust.status}: {trust.reason}"
    return (str(len(record.examples)), str(settled), *leads, verdict)


def _lead(contest: Contest | None) -> str:
    """Over whom, and by how much."""
    if contest is None:
        return "–"
    lead = contest.lead
    ends = "no interval"
    if lead.ci_low is not None and lead.ci_high is not None:
        ends = f"{lead.ci_low:+.2f} to {lead.ci_high:+.2f}"
    value = f"{lead.value or 0.0:+.2f} ({ends})".replace("-", "−")
    return f"{value} over {contest.against}, n = {contest.n}"


if __name__ == "__main__":
    main()
