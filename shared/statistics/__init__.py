"""Numbers in, numbers out: estimates, intervals and tests by entity.

No run, no report, no group.
"""
