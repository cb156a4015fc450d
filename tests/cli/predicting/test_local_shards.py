from __future__ import annotations

import signal
from pathlib import Path

from cli.predicting.local_shards import _failure, _shard_command
from shared.errors import UserError, WorkerError

COMMAND = [
    *("run", "--input", "-", "--output", "s.csv", "--format", "csv"),
    *("--set", "data.encoding=cp1252", "--workers", "2"),
]


def test_each_process_scores_a_shard_of_what_is_kept() -> None:
    command = _shard_command(COMMAND, Path("s.csv.part.stdin.csv"), "2/2", resume=True)
    assert command[1:] == [
        *("-m", "pipelines", "predict", "run", "--input", "s.csv.part.stdin.csv"),
        *("--output", "s.csv", "--set", "data.encoding=cp1252", "--shard", "2/2", "--resume"),
    ]


def test_a_refusal_is_told_as_it_was_said(tmp_path: Path) -> None:
    log = tmp_path / "shard.log"
    log.write_text("Error: there is no such file.\n")
    refusal = _failure(log, 2)
    assert isinstance(refusal, UserError)
    assert str(refusal) == "there is no such file."


def test_a_process_that_was_killed_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "shard.log"
    log.write_text("last words")
    failure = _failure(log, -signal.SIGKILL)
    assert isinstance(failure, WorkerError)
    assert "signal SIGKILL" in str(failure)
    assert str(failure).endswith("last words")
