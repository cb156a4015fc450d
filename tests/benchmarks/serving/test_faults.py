"""The server itself, killed under clients that retry; and that the benchmark would tell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.serving.faults import Suffered, suffer
from benchmarks.serving.soak import Soaked, is_same
from shared.serving.export import export_stage
from tests.shared.serving.tiny.signals import signal_context


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_nothing_is_answered_wrongly_while_versions_change_and_processes_are_killed(
    tmp_path: Path,
) -> None:
    context = signal_context(tmp_path / "run")
    export_stage(context)
    told = asyncio.run(suffer(context.run.path, tmp_path / "base", clients=8, seconds=2.0))
    assert told.faults() == []
    kinds = {kind for kind, status in told.statuses if status == 200}
    assert kinds == {"reload", "worker killed", "server killed"}
    assert {status for kind, status in told.statuses if kind == "reload"} == {200}
    assert told.statuses["server killed", 0] > 0  # it was really gone


def test_an_error_while_versions_change_and_a_wrong_answer_are_faults() -> None:
    told = Suffered(wrong=1)
    told.statuses["reload", 200] = 5
    assert told.faults() == ["1 wrong answers"]
    told.statuses["reload", 503] = 1
    told.statuses["worker killed", 503] = 1
    assert told.faults() == [
        "reload: 1 answers 503",
        "worker killed: nobody answered",
        "1 wrong answers",
    ]


def test_a_soak_names_what_grew_and_what_was_refused() -> None:
    flat = [{"server": 100.0, "workers": 1000.0 + number % 2} for number in range(30)]
    assert Soaked(memory_mb=flat).faults() == []
    grown = [{"server": 100.0, "workers": 1000.0 + 10.0 * number} for number in range(30)]
    told = Soaked(memory_mb=grown)
    told.statuses["nested", 500] = 2
    told.statuses["good words", 503] = 1
    assert told.faults() == [
        "nested: 2 answers 500",
        "memory of workers grew from 1,085 to 1,265 MB",
    ]


def test_answers_differ_by_rounding_or_not_at_all() -> None:
    assert is_same({"p": [0.5, 1]}, {"p": [0.50001, 1]})
    assert not is_same({"p": [0.5]}, {"p": [0.51]})
    assert not is_same({"p": "a"}, {"p": "b"})
    assert not is_same([1], [1, 2])
