"""The part of `explanations.json` that sums many brief explanations up."""

from __future__ import annotations

from shared.block import Block
from shared.config import ExplainMethod
from shared.statistics.intervals import Estimate

__all__ = ["GroupLook", "PlaceMean", "Survey"]


class PlaceMean(Block):
    """What one place contributes over many rows: a word, a region, a band and time, some lags.

    Attributes:
        place: Its name.
        share: Of a row's attribution that lies there, Σ|value| of the place over Σ|value| of the
            row; mean over the rows that have the place, with a bootstrap interval by entity.
        mean_absolute: Mean |value| there, in the unit of attributions.
        mean: Mean value there: above 0 it speaks for what is explained, on average.
        by_class: Explained class -> the share among its rows; empty for forecasts.
        n: Rows that have the place.
    """

    place: str
    share: Estimate
    mean_absolute: float
    mean: float
    by_class: dict[str, float]
    n: int


class GroupLook(Block):
    """Whether the model looks elsewhere for some group of an attribute.

    Attributes:
        attribute: Of the groups.
        counts: Rows of each group that is compared.
        place: Where their mean shares are furthest apart.
        shares: Mean share of each group there.
        spread: Largest minus smallest of them.
        p_value: Of a permutation test over entities that no place differs, given what is explained;
            None if no test could be made.
        p_adjusted: The same adjusted for all attributes (Holm 1979).
        note: Why there is no test; empty if there is one.
    """

    attribute: str
    counts: dict[str, int]
    place: str
    shares: dict[str, Estimate]
    spread: float | None
    p_value: float | None
    p_adjusted: float | None
    note: str


class Survey(Block):
    """What many brief explanations say together.

    Attributes:
        rows: That were explained.
        evaluations: Model evaluations that this cost, gradients included.
        method: Of most rows.
        unit: Of attributions.
        places: The strongest, by their sum over all rows.
        groups: One for each attribute of the data.
    """

    rows: int
    evaluations: int
    method: ExplainMethod
    unit: str
    places: tuple[PlaceMean, ...]
    groups: tuple[GroupLook, ...]
