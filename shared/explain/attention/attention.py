"""Where the network looked, by segment: no attribution."""

from __future__ import annotations

import numpy as np

from shared.explain.game.together import without_asking
from shared.explain.methods.attribution import Attribution, AttributionTask

__all__ = ["attention"]


@without_asking
def attention(task: AttributionTask) -> Attribution:
    """Attention rollout (Abnar & Zuidema 2020), shares of a look that sum to at most 1.

    They have no sign, don't depend on the class that is asked for, and promise nothing about what
    moved the answer (Jain & Wallace 2019, "Attention is not explanation"): whether removing what
    is attended does so is tested.

    Raises:
        UserError: Nothing in the network attends.
    """
    found = task.attended()
    no_error = np.zeros(len(found.shares))
    return Attribution("attention", found.shares, no_error, True, num_gradients=found.passes)
