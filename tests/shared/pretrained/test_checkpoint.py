from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.errors import ConfigError
from shared.pretrained import hubs
from shared.pretrained.checkpoint import describe_encoder, find_encoder, require_unchanged
from tests.encoders import NO_TENSORS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that look like an encoder of timm; what its weights say is not looked at."""
    path = tmp_path / "net"
    path.mkdir()
    (path / "config.json").write_text('{"architecture": "resnet18"}', encoding="utf-8")
    (path / "model.safetensors").write_bytes(NO_TENSORS)
    return path


def test_an_encoder_is_known_by_its_files_wherever_they_lie(folder: Path) -> None:
    record = describe_encoder(str(folder))
    assert (record.name, record.layout, record.architecture) == ("net", "timm", "resnet18")
    assert record.size_bytes == len('{"architecture": "resnet18"}') + len(NO_TENSORS)
    elsewhere = folder.rename(folder.parent / "moved")
    assert describe_encoder(str(elsewhere)).sha256 == record.sha256


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", (3).to_bytes(8, "little") + b"{ }"),
        ("config.json", b'{"architecture": "resnet34"}'),
        ("vocab.txt", b"word"),
    ],
)
def test_another_weight_setting_or_word_is_another_encoder(
    folder: Path, name: str, content: bytes
) -> None:
    before = describe_encoder(str(folder))
    require_unchanged(str(folder), before)
    (folder / name).write_bytes(content)
    assert describe_encoder(str(folder)).sha256 != before.sha256
    with pytest.raises(ConfigError, match="have changed since the data stage"):
        require_unchanged(str(folder), before)


@pytest.mark.parametrize(
    ("name", "text", "licence"),
    [
        ("LICENSE", "Apache License\nVersion 2.0", "Apache-2.0"),
        ("LICENSE.txt", "MIT License\n\nPermission is hereby granted", "MIT"),
        ("LICENSE", "For research only.\nMore.", "For research only."),
        ("README.md", "---\nlicense: cc-by-4.0\ntags:\n---\n# Net", "cc-by-4.0"),
        ("README.md", "# A net without a licence", None),
    ],
)
def test_the_licence_is_what_the_files_state(
    folder: Path, name: str, text: str, licence: str | None
) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    assert describe_encoder(str(folder)).licence == licence


def test_weights_in_a_pickle_are_not_read(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match=r"found config\.json, pytorch_model\.bin\. Weights in a"):
        find_encoder(str(folder))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[1]", "holds no JSON object"),
        ('{"layers": 3}', "of no layout that can be read"),
        ('{"registered_name": "a>B", "module": "os"}', "asks for a class of 'os'"),
        ('{"registered_name": "B", "module": "keras_hub2.x"}', "a class of 'keras_hub2"),
        ('{"registered_name": "B", "config": [{"module": "os.path"}]}', "a class of 'os"),
    ],
)
def test_a_config_of_another_kind_is_refused_in_words(folder: Path, text: str, words: str) -> None:
    (folder / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        describe_encoder(str(folder))


def test_what_scales_pixels_may_not_be_of_another_package(folder: Path) -> None:
    converter = '{"class_name": "A", "module": "os", "config": {}}'
    (folder / "image_converter.json").write_text(converter, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"image_converter\.json asks for a class of 'os'"):
        describe_encoder(str(folder))


def test_a_folder_without_a_config_is_no_encoder(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(ConfigError, match=r"holds no config\.json"):
        describe_encoder(str(folder))


@pytest.mark.parametrize(
    ("source", "words"), [("", "names no encoder"), ("no/such", "is not a folder")]
)
def test_what_is_not_there_is_answered_with_the_folder_form(source: str, words: str) -> None:
    with pytest.raises(ConfigError, match=rf"{words}.*--set model\.encoder=FOLDER"):
        find_encoder(source)


class Hub:
    """Stands for a hub's client: keeps what it is asked, and answers with a folder or an error."""

    def __init__(self, answer: Path | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []
        self.models = self
        self.Backbone = self
        self.presets = {"tiny_net": {"kaggle_handle": "kaggle://keras/tiny/keras/tiny_net/2"}}

    def snapshot_download(self, repository: str, *, allow_patterns: list[str]) -> str:
        assert "*.bin" not in allow_patterns
        return self._answer("hf", repository)

    def model_download(self, handle: str) -> str:
        return self._answer("kaggle", handle)

    def _answer(self, hub: str, name: str) -> str:
        self.asked.append((hub, name))
        if isinstance(self.answer, Exception):
            raise self.answer
        return str(self.answer)


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("hf://timm/net", ("hf", "timm/net")),
        ("kaggle://keras/tiny/keras/tiny_net/1", ("kaggle", "keras/tiny/keras/tiny_net/1")),
        ("tiny_net", ("kaggle", "keras/tiny/keras/tiny_net/2")),
    ],
)
def test_hubs_and_presets_are_folders_that_a_client_fetches(
    folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, asked: tuple[str, str]
) -> None:
    hub = Hub(folder)
    monkeypatch.setattr(hubs, "_package", lambda _: hub)
    record = describe_encoder(source)
    assert hub.asked == [asked]
    assert record.name == source
    assert json.loads((find_encoder(source) / "config.json").read_bytes())


@pytest.mark.parametrize("error", [ConnectionError("no route"), ValueError("no route\nmore")])
def test_without_a_connection_the_folder_form_is_named(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(hubs, "_package", lambda _: Hub(error))
    words = r"'hf://timm/net' can't be fetched \(no route\).*--set model\.encoder=FOLDER"
    with pytest.raises(ConfigError, match=words):
        find_encoder("hf://timm/net")


def test_a_name_that_no_preset_has_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "_package", lambda _: Hub(ConnectionError()))
    with pytest.raises(ConfigError, match="there is no folder 'bort', and KerasHub has no preset"):
        find_encoder("bort")
