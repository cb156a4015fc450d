"""Point values by group beside those of fairlearn and scikit-learn, on random tables."""

from benchmarks.fairness_counterparts.tables import largest_differences

__all__ = ["largest_differences"]
