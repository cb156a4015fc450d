"""What the score loses when one segment alone is removed: cheap, and blind to redundancy."""

from __future__ import annotations

import numpy as np

from shared.explain.game.masked_score import Ask
from shared.explain.game.together import Steps
from shared.explain.methods.attribution import Attribution, AttributionTask, require_evaluations

__all__ = ["occlusion"]


def occlusion(task: AttributionTask) -> Steps[Attribution]:
    """f(all) − f(all but one), for each segment (Zeiler & Fergus 2014, section 4.2).

    No sum is promised: of two segments that say the same, neither is missed. Our own lines, as SHAP
    has no such method.
    """
    score = task.score
    num_segments = score.num_segments
    require_evaluations(task, num_segments + 2, "occlusion")
    without = ~np.eye(num_segments, dtype=np.bool_)
    yield Ask(score, without)
    values = score.all_kept() - score(without)
    return Attribution("occlusion", values, np.zeros(num_segments), True)
