"""Which part of the inputs one of several processes scores, and where it leaves its answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from shared.errors import UserError

__all__ = [
    "BATCH_ROWS",
    "BLOCK_BATCHES",
    "BLOCK_ROWS",
    "WHOLE",
    "Shard",
    "find_shards",
    "part_path",
]

BATCH_ROWS = 64
"""Rows that the model is asked about together."""

BLOCK_BATCHES = 16
BLOCK_ROWS = BATCH_ROWS * BLOCK_BATCHES
"""Rows that are written together, and fall to one shard."""


_GIVEN = re.compile(r"(\d{1,6})/(\d{1,6})")
_NAMED = re.compile(r"\.shard-(\d+)-of-(\d+)\.part")


@dataclass(frozen=True)
class Shard:
    """The blocks that leave the remainder `number` - 1 when divided by `count`.

    Attributes:
        number: From 1.
        count: Of all shards.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """A shard as it is given: 2/8 is the second of eight.

        Raises:
            UserError: It is none.
        """
        found = _GIVEN.fullmatch(text.strip())
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise UserError(
                f"--shard {text}: expected NUMBER/COUNT with the number from 1 to the count, such"
                " as --shard 2/8."
            )
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"shard {self.number}/{self.count}"

    @property
    def is_whole(self) -> bool:
        """Whether there are no others."""
        return self.count == 1

    def has_block(self, block: int) -> bool:
        """Whether a block, counted from 0, is scored here."""
        return block % self.count == self.number - 1

    def block_number(self, index: int) -> int:
        """Among all blocks, the number of this shard's block `index`; both count from 0."""
        return index * self.count + self.number - 1

    def num_rows(self, num_inputs: int, block_rows: int) -> int:
        """How many of all inputs are scored here."""
        whole = num_inputs // block_rows
        own = len(range(self.number - 1, whole, self.count)) * block_rows
        return own + (num_inputs % block_rows if self.has_block(whole) else 0)


WHOLE = Shard(1, 1)


def part_path(output_path: Path, shard: Shard) -> Path:
    """Where answers lie until the whole is there: `scores.csv.part` for `scores.csv`."""
    which = "" if shard.is_whole else f".shard-{shard.number}-of-{shard.count}"
    return output_path.with_name(f"{output_path.name}{which}.part")


def find_shards(output_path: Path) -> dict[Shard, Path]:
    """The shards of an output that have begun, in order."""
    found = {}
    for path in output_path.parent.glob("*.part"):
        named = _NAMED.fullmatch(path.name.removeprefix(output_path.name))
        if path.name.startswith(output_path.name) and named is not None:
            found[Shard(int(named[1]), int(named[2]))] = path
    return dict(sorted(found.items(), key=lambda item: (item[0].count, item[0].number)))
