"""What `serve` refuses before it starts anything."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from shared.run.artefacts.published_file import LabelMove, PublishedRecord
from shared.serving.publishing.base import ModelFolder
from tests.cli.mistakes import Call


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    (folder / "speech" / "1").mkdir(parents=True)
    move = LabelMove(label="stable", reason="publish", version=1, moved_at="now")
    ModelFolder(folder / "speech").write(PublishedRecord(model="speech", moves=(move,)))
    return folder


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_folder_that_is_neither_run_nor_base_is_refused(call: Call, name: str) -> None:
    code, text = call("serve", name)
    assert code == 2
    assert "python -m pipelines publish" in text


def test_a_port_that_is_taken_is_named(call: Call, base: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, text = call("serve", base, "--port", port)
    assert code == 2
    assert f"Can't listen on 127.0.0.1, port {port}" in text


def test_two_models_of_one_name_are_refused(call: Call, base: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (base).rename(other)
    base.symlink_to(other)
    code, text = call("serve", base, other, "--port", "0", "--grpc-port", "0")
    assert code == 2
    assert "a model named 'speech'" in text


@pytest.mark.parametrize("token", ["short", "spaces are\nprintable, line ends are not"])
def test_a_token_that_can_be_guessed_is_refused(
    call: Call, base: Path, tmp_path: Path, token: str
) -> None:
    (tmp_path / "token").write_text(token)
    code, text = call("serve", base, "--token-file", tmp_path / "token")
    assert code == 2
    assert "openssl rand -hex 32" in text


def test_a_token_file_that_is_missing_is_named(call: Call, base: Path) -> None:
    code, text = call("serve", base, "--token-file", "nowhere")
    assert code == 2
    assert "--token-file nowhere can't be read" in text
