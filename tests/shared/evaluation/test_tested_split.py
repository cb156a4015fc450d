from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.evaluation.tested_split import read_tested_split
from tests.shared.evaluation.predicted_run import classified, run_context
from tests.shared.run.artefacts.blend_records import blend_record


@pytest.mark.parametrize(
    ("deployed", "compared"),
    [
        ({"deployed": "floor", "weight": 0.0, "floor": "linear"}, {"naive"}),
        ({"deployed": "blend", "weight": 0.5, "floor": "linear"}, {"linear", "naive"}),
        ({"deployed": "network", "weight": 1.0, "floor": "linear"}, {"linear", "naive"}),
    ],
)
def test_a_baseline_that_is_deployed_is_not_what_the_model_is_compared_with(
    deployed: dict[str, Any], compared: set[str], tmp_path: Path
) -> None:
    test = classified(0)
    baselines = {"linear": test, "naive": classified(0, skill=0.0)}
    context = run_context(tmp_path, test, baselines=baselines)
    blend_record(**deployed).write(context.run)
    assert read_tested_split(context).measurable.keys() == compared
