from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.errors import ConfigError
from shared.pretrained.weight_files import check_weights

HEADER = json.dumps(
    {
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]},
        "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
    }
).encode()
WHOLE = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)


def test_whole_files_of_both_kinds_pass(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(WHOLE)
    (tmp_path / "b.weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    check_weights(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        WHOLE[:-1],
        WHOLE[:20],
        WHOLE + b"0",
        b"\xff" * 99,
        (4).to_bytes(8, "little") + b"[[]]",
        (9).to_bytes(8, "little") + b'{"a": {}}',
    ],
)
def test_a_file_that_was_not_copied_to_its_end_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(ConfigError, match=r"a\.safetensors is damaged or was not copied"):
        check_weights(tmp_path)


def test_a_file_that_is_no_hdf5_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.weights.h5").write_bytes(WHOLE)
    with pytest.raises(ConfigError, match=r"a\.weights\.h5 is damaged"):
        check_weights(tmp_path)


@pytest.mark.parametrize("name", ["a.safetensors", "a.weights.h5"])
def test_a_pointer_in_place_of_weights_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(ConfigError, match="git lfs pull"):
        check_weights(tmp_path)
