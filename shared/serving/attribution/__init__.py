"""Attributions in the served graph: the endpoint `explain`, whether a run has it, its proof."""
