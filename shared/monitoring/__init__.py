"""A new batch beside the test split of a run: what has drifted, and is the model still right.

Why each part is as it is: `docs/monitoring.md`.
"""
