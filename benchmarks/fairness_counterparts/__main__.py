"""Prints the largest difference between our point values by group and those of the libraries.

    python -m benchmarks.fairness_counterparts [--tables 50]

Each table has 300 to 700 rows of two to five classes in two to six groups of unequal size, with one
to four rows an entity, and scores with ties. Weights are absent: the libraries know none by entity.
"""

from __future__ import annotations

import argparse

from benchmarks.fairness_counterparts.tables import largest_differences

__all__ = ["main"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description="Point values by group beside those of fairlearn and scikit-learn."
    )
    parser.add_argument("--tables", type=int, default=50)
    found = largest_differences(parser.parse_args().tables)
    print(f"{'metric':<34}{'counterpart':<52}{'largest difference':>20}")
    for (metric, counterpart), difference in found.items():
        print(f"{metric:<34}{counterpart:<52}{difference:>20.1e}")


if __name__ == "__main__":
    main()
