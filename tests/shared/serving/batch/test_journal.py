from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import UserError
from shared.serving.batch import journal as journal_module
from shared.serving.batch.identity import Identity
from shared.serving.batch.journal import Journal, Progressed, read_state

IDENTITY = Identity(
    input="a", num_inputs=3, model="b", weights_sha256="c", settings="d", form="csv", block_rows=2
)


def test_only_one_process_has_a_part(tmp_path: Path) -> None:
    part = tmp_path / "scores.csv.part"
    with Journal.begin(part, IDENTITY, b"id\n") as journal:
        journal.append(b"1\n2\n", Progressed(blocks=1, rows=2))
        with pytest.raises(UserError, match="being written by another process"):
            Journal.begin(part, IDENTITY, b"id\n")
    assert part.read_bytes() == b"id\n1\n2\n"
    state = read_state(part)
    assert state is not None
    assert (state.done.rows, state.num_bytes, state.is_complete) == (2, 7, False)


def test_a_part_without_a_state_counts_nothing(tmp_path: Path) -> None:
    (tmp_path / "scores.csv.part").write_bytes(b"id\n1\n")
    assert read_state(tmp_path / "scores.csv.part") is None


def test_a_state_that_was_left_alone_is_not_taken_for_that_of_a_new_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path) -> None:
        path.touch()
        raise KeyboardInterrupt

    part = tmp_path / "scores.csv.part"
    with Journal.begin(part, IDENTITY, b"id\n") as journal:
        journal.append(b"1\n2\n", Progressed(blocks=1, rows=2))
    part.rename(tmp_path / "scores.csv")
    monkeypatch.setattr(journal_module, "_locked", killed)
    with pytest.raises(KeyboardInterrupt):
        Journal.begin(part, IDENTITY, b"id\n")
    assert read_state(part) is None


def test_a_damaged_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scores.csv.part").write_bytes(b"id\n")
    (tmp_path / "scores.csv.part.json").write_text("{}")
    with pytest.raises(UserError, match="can't be read as the state"):
        read_state(tmp_path / "scores.csv.part")


def test_differences_are_told_in_words() -> None:
    other = IDENTITY.model_copy(update={"num_inputs": 4, "settings": "e"})
    assert IDENTITY.differences(other) == "the input and a setting under data"
    assert IDENTITY.differences(IDENTITY) == ""
