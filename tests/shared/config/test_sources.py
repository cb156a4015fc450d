from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from shared.config import DataConfig, RunConfig
from shared.config.sources import override_config, read_config, resolve_config
from shared.errors import ConfigError


class _WordsDataConfig(DataConfig):
    columns: tuple[str, ...] = Field(("text",), min_length=1)
    label: str | None = Field(None, min_length=1)


class _WordsConfig(RunConfig):
    data: _WordsDataConfig = _WordsDataConfig()


@pytest.fixture(scope="module")
def presets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("presets")
    (folder / "default.yaml").write_text("# Nothing differs.\n")
    (folder / "smoke.yaml").write_text(
        "train:\n  epochs: 2\n  learning_rate: 1e-2\ndata:\n  columns: [a, b]\n"
    )
    (folder / "broken.yaml").write_text("train: {epochs: 2\n")
    (folder / "list.yaml").write_text("- train\n")
    return folder


def _resolve(
    presets: Path, *assignments: str, preset: str = "smoke", source: str | None = None
) -> _WordsConfig:
    return resolve_config(_WordsConfig, presets, preset, assignments, source)


def test_empty_preset_is_the_class_defaults(presets: Path) -> None:
    assert _resolve(presets, preset="default") == _WordsConfig()


def test_preset_wins_over_defaults_and_set_over_the_preset(presets: Path) -> None:
    assert _resolve(presets).train.epochs == 2
    assert _resolve(presets, "train.epochs=5").train.epochs == 5
    assert _resolve(presets, "train.epochs=5", "train.epochs=6").train.epochs == 6


def test_preset_changes_only_what_it_names(presets: Path) -> None:
    config = _resolve(presets)
    assert (
        config.train.model_copy(update={"epochs": 10, "learning_rate": 1e-3}) == RunConfig().train
    )
    assert config.preset == "smoke"


def test_source_wins_over_the_preset_and_loses_to_set(presets: Path) -> None:
    assert _resolve(presets, source="reviews.csv").data.source == "reviews.csv"
    assert (
        _resolve(presets, "data.source=other.csv", source="reviews.csv").data.source == "other.csv"
    )


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("train.learning_rate=1e-3", 1e-3),
        ("train.learning_rate=1", 1.0),
        ("train.ema_momentum=null", None),
        ("train.deterministic=false", False),
        ("data.columns=[x, y]", ("x", "y")),
        ("data.label=2016-07-01", "2016-07-01"),
        ("data.label=a=b", "a=b"),
        ("data.label='no'", "no"),
        ("data.label=no", "no"),
        ("data.label=Yes", "Yes"),
        (" train.epochs = 3 ", 3),
    ],
)
def test_value_means_what_it_looks_like(presets: Path, assignment: str, expected: Any) -> None:
    section, _, key = assignment.partition("=")[0].strip().partition(".")
    assert getattr(getattr(_resolve(presets, assignment), section), key) == expected


def test_section_given_as_a_mapping_joins_the_preset(presets: Path) -> None:
    config = _resolve(presets, "train={batch_size: 8}")
    assert (config.train.batch_size, config.train.epochs) == (8, 2)


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("train.epoch=3", r"train\.epoch: there is no such setting\. Did you mean train\.epochs\?"),
        ("epochs=3", r"epochs: there is no such setting\. Did you mean train\.epochs\?"),
        ("trian.epochs=3", r"trian: there is no such setting\. Did you mean train\?"),
        ("data.zzz=3", r"data\.zzz: there is no such setting\. data has source, "),
        ("zzz=3", r"zzz: there is no such setting\. Sections: data, "),
        ("train.strategy=singel", r"'single', .*\. Did you mean single\?; received 'singel'"),
        ("train.deterministic=no", r"should be a valid boolean, true or false; received 'no'"),
        (
            "train.epochs=0",
            r"train\.epochs: Input should be greater than or equal to 1; received 0",
        ),
        ("train.epochs=3.5", r"train\.epochs: Input should be a valid integer"),
        ("train.epochs=many", r"train\.epochs: Input should be a valid integer; received 'many'"),
        (
            "train.deterministic=1",
            r"train\.deterministic: Input should be a valid boolean, true or false; received 1",
        ),
        (
            "train.strategy=gpu",
            r"train\.strategy: Input should be 'auto', 'single', .*; received 'gpu'",
        ),
        (
            "train.learning_rate=.nan",
            r"train\.learning_rate: Input should be a finite number; received nan",
        ),
        ("data.label=false", r"data\.label: .*write it as .*false.*; received False"),
        (
            "data.validation_share=0.4",
            r"  configuration: data\.validation_share .* 20 % for training, received 0\.4 \+ 0\.45$",
        ),
        (
            "train.epochs",
            r"--set expects key=value, for example train\.epochs=3; received 'train\.epochs'",
        ),
        ("=3", r"--set expects key=value"),
        ("train.epochs.last=3", r"--set train\.epochs\.last: 'epochs' is a value, not a section"),
        ("train.epochs=[1", r"--set train\.epochs: this is not valid YAML: '\[1'"),
        (
            "data.label=2024-13-01",
            r"--set data\.label: this is not valid YAML: '2024-13-01' \(month must be in 1\.\.12\)",
        ),
        ("data.label=!!python/name:os.system", r"this is not valid YAML"),
        ("data={2020-01-01: 3}", r"is not plain data: keys must be str"),
        ("data.columns=&a [*a]", r"is not plain data: Circular reference"),
        ("preset=other", r"'preset' records what was chosen on the command line"),
    ],
)
def test_bad_assignment_is_named_with_what_was_received(
    presets: Path, assignment: str, message: str
) -> None:
    overrides = (
        ["data.test_share=0.45", assignment] if "validation_share" in assignment else [assignment]
    )
    with pytest.raises(ConfigError, match=message):
        _resolve(presets, *overrides)


def test_a_whole_number_is_text_where_a_name_is_expected(presets: Path) -> None:
    data = _resolve(presets, "data.label=3", "data.columns=[1, 2]").data
    assert (data.label, data.columns) == ("3", ("1", "2"))


def test_all_bad_fields_are_named_at_once(presets: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)train\.epochs: .*train\.batch_size: ") as caught:
        _resolve(presets, "train.epochs=0", "train.batch_size=0")
    assert str(caught.value).startswith(
        "The configuration (preset 'smoke' with 2 --set) is not valid:\n"
    )


def test_long_values_are_cut_in_messages(presets: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        _resolve(presets, f"train.epochs={'x' * 500}")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("preset", ["missing", "../presets/smoke", "", "nowhere.yaml"])
def test_unknown_preset_lists_the_known_ones(presets: Path, preset: str) -> None:
    with pytest.raises(ConfigError, match=r"Known presets: broken, default, list, smoke"):
        _resolve(presets, preset=preset)


@pytest.mark.parametrize(
    ("preset", "message"),
    [
        ("broken", "preset broken: this is not valid YAML"),
        ("list", "must be a mapping of settings"),
    ],
)
def test_malformed_preset_is_named(presets: Path, preset: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _resolve(presets, preset=preset)


def test_config_json_alone_reproduces_the_configuration(presets: Path, tmp_path: Path) -> None:
    config = _resolve(presets, "train.seed=7")
    (tmp_path / "config.json").write_text(config.to_json())
    assert read_config(_WordsConfig, tmp_path / "config.json") == config


def test_config_json_is_complete(presets: Path) -> None:
    written = json.loads(_resolve(presets, preset="default").to_json())
    assert set(written) == set(_WordsConfig.model_fields)
    assert set(written["data"]) == set(_WordsDataConfig.model_fields)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"config\.json\) is not valid:\n  configuration: Invalid JSON"),
        (
            b'{"train": {"epochs": "3"}}',
            r"train\.epochs: Input should be a valid integer; received '3'",
        ),
        (b'{"colour": 1}', r"colour: there is no such setting"),
        (b"\xff\xfe", r"config\.json is not UTF-8 text"),
    ],
)
def test_damaged_config_json_is_the_users_to_fix(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        read_config(_WordsConfig, tmp_path / "config.json")


def test_missing_config_json_asks_whether_it_is_a_run_directory(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=(
            r"config\.json can't be read \(No such file or directory\)\. .*is this a run"
            r" directory\?"
        ),
    ):
        read_config(_WordsConfig, tmp_path / "config.json")


def test_override_keeps_everything_else(presets: Path) -> None:
    config = override_config(_resolve(presets), ["train.seed=3"])
    assert config == _resolve(presets, "train.seed=3")


def test_override_is_checked_too(presets: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=r"config\.json with 1 --set\) is not valid:\n  train\.seed: .*received -1",
    ):
        override_config(_resolve(presets), ["train.seed=-1"])


def test_configuration_is_immutable(presets: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        _resolve(presets).train.epochs = 3  # type: ignore[misc]


def test_fingerprint_follows_every_setting(presets: Path) -> None:
    assert _resolve(presets).fingerprint() == _resolve(presets).fingerprint()
    assert (
        _resolve(presets).fingerprint() != _resolve(presets, "explain.num_examples=9").fingerprint()
    )


@given(value=st.text(max_size=20))
@example(value="@\x1b")
def test_no_text_given_to_set_ends_in_anything_but_a_config_or_a_message(
    presets: Path, value: str
) -> None:
    try:
        config = _resolve(presets, f"data.label={value}")
    except ConfigError as error:
        assert "data.label" in str(error)
    else:
        assert config.data.label is None or isinstance(config.data.label, str)


def test_a_preset_that_is_not_utf8_or_no_file_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"# caf\xe9\n")
    (tmp_path / "b.yaml").mkdir()
    for name, message in (("a", "can't be read as UTF-8 text"), ("b", "is not a file")):
        with pytest.raises(ConfigError, match=message):
            resolve_config(RunConfig, tmp_path, name)


def test_an_assignment_of_bytes_that_are_no_text_is_a_message_that_can_be_printed(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.yaml").touch()
    with pytest.raises(
        ConfigError, match=r"--set 'preset\\udcb2=1': this is not UTF-8 text"
    ) as caught:
        resolve_config(RunConfig, tmp_path, "a", ["preset\udcb2=1"])
    str(caught.value).encode()
