"""Gaps between groups: measured, tested, traced."""
