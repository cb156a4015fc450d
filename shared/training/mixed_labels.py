"""The labels of rows that a network has mixed with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from shared.errors import ContractError
from shared.networks.mixing import Mixture

__all__ = ["Judged"]


@dataclass(frozen=True)
class Judged:
    """The labels that a batch is judged by.

    A row that was mixed is judged twice, by its own label and by its partner's, and either counts
    for its share. Losses of classes are linear in the label, so that this is the loss of the mixed
    label, and what belongs to a label (its weight, its group) stays with it.

    Attributes:
        mixture: What the network mixed; None for nothing, and all rows are judged once.
    """

    mixture: Mixture | None

    @classmethod
    def by(cls, mixtures: Sequence[Mixture]) -> Judged:
        """By what one call of a network mixed.

        Raises:
            ContractError: It mixed twice, so that a row consists of up to four.
        """
        if len(mixtures) > 1:
            raise ContractError(
                f"A network may have one layer RowMixing, received {len(mixtures)}: labels are"
                " mixed once."
            )
        return cls(mixtures[0] if mixtures else None)

    def labels(self, values: Any) -> Any:
        """What belongs to labels, (rows, …) -> (judged rows, …)."""
        if self.mixture is None:
            return values
        return tf.concat([values, tf.gather(values, self.mixture.partners)], axis=0)

    def scores(self, values: Any) -> Any:
        """What belongs to mixed rows, (rows, …) -> (judged rows, …)."""
        return values if self.mixture is None else tf.concat([values, values], axis=0)

    def weights(self, values: Any = None) -> Any:
        """What judged rows count for, 1 on average; None for all alike.

        Args:
            values: (rows,) what labels count for already; None for all alike.
        """
        if self.mixture is None:
            return values
        shares = 2.0 * tf.concat([self.mixture.kept, 1.0 - self.mixture.kept], axis=0)
        return shares if values is None else shares * self.labels(values)

    def mostly(self, values: Any) -> Any:
        """What belongs to the label of the larger share, (rows, …) -> (rows, …)."""
        if self.mixture is None:
            return values
        own = tf.range(tf.shape(self.mixture.partners)[0])
        return tf.gather(values, tf.where(self.mixture.kept >= 0.5, own, self.mixture.partners))
