from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import UserError
from shared.serving.batch.shards import WHOLE, Shard, find_shards, part_path


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("num_inputs", [0, 1, 9, 10, 11, 64, 75])
def test_every_row_falls_to_one_shard(count: int, num_inputs: int) -> None:
    shards = [Shard(number, count) for number in range(1, count + 1)]
    expected = [sum(shard.has_block(row // 10) for row in range(num_inputs)) for shard in shards]
    assert [shard.num_rows(num_inputs, 10) for shard in shards] == expected
    assert sum(expected) == num_inputs


def test_blocks_are_numbered_among_all() -> None:
    assert [Shard(2, 3).block_number(index) for index in range(3)] == [1, 4, 7]
    assert all(Shard(2, 3).has_block(block) for block in (1, 4, 7))


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "1/2/3", "-1/2", "1/0"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="expected NUMBER/COUNT"):
        Shard.parse(text)


def test_the_parts_of_one_output_are_found_in_order(tmp_path: Path) -> None:
    output = tmp_path / "scores.csv"
    shards = [Shard(number, 10) for number in (10, 2, 1)]
    for shard in (*shards, WHOLE):
        part_path(output, shard).write_bytes(b"")
    (tmp_path / "other_scores.csv.shard-1-of-2.part").write_bytes(b"")
    assert [shard.number for shard in find_shards(output)] == [1, 2, 10]
