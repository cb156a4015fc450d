from __future__ import annotations

from pathlib import Path

from shared.serving.publishing.publisher import publish_run
from tests.cli.mistakes import Call, refused
from tests.shared.serving.publishing.proven_runs import no_warm_up, proven_run


def test_versions_are_listed_and_rolled_back(call: Call, tmp_path: Path) -> None:
    run = proven_run(tmp_path / "run")
    for _ in range(2):
        publish_run(run, tmp_path / "base", "stable", no_warm_up)
    code, printed = call("publish", "base", "--rollback")
    assert (code, "invented, label stable: version 1" in printed) == (0, True), printed
    code, printed = call("publish", "base", "--list")
    assert code == 0
    assert printed.count("stable") == 1
    assert "90.0" in printed
    assert printed.count("use it") == 2
    assert max(map(len, printed.splitlines())) <= 80


def test_a_canary_is_promoted_by_name(call: Call, tmp_path: Path) -> None:
    run = proven_run(tmp_path / "run")
    publish_run(run, tmp_path / "base", "stable", no_warm_up)
    publish_run(run, tmp_path / "base", "canary", no_warm_up)
    code, printed = call("publish", "base", "--promote", "--model", "invented")
    assert (code, "invented, label stable: version 2" in printed) == (0, True), printed
    refused(call("publish", "base", "--promote"), "nothing to promote", "--label canary")


def test_mistakes_are_answered_in_words(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(call("publish", "empty"), "received: empty", "publish runs/speech/latest published")
    refused(call("publish", "empty", "base"), "is no run")
    refused(call("publish", "empty", "--list"), "Nothing was published")
    refused(call("publish", "missing", "--rollback"), "no such folder")
    refused(call("publish", "empty", "--list", "--rollback"), "2 requests")
    refused(call("publish", "empty", "--promote", "--label", "stable"), "leave --label out")
