"""Files of weights, checked before anything is trained: whole, and of a kind that runs no code."""

from __future__ import annotations

import json
from pathlib import Path

from shared.errors import ConfigError
from shared.pretrained.layouts import WEIGHTS

__all__ = ["check_weights"]

_LARGEST_WEIGHTS_BYTES = 8 * 2**30
_LARGEST_HEADER_BYTES = 2**26
_LENGTH_BYTES = 8
_HDF5 = b"\x89HDF\r\n\x1a\n"
_POINTER = b"version https://git-lfs"


def check_weights(folder: Path) -> None:
    """Refuse a folder without weights, or with weights that are cut off or too large.

    Raises:
        ConfigError: It says which file, and what is wrong with it.
    """
    weights = sorted(path for pattern in WEIGHTS for path in folder.glob(pattern) if path.is_file())
    if not weights:
        found = ", ".join(sorted(path.name for path in folder.iterdir())[:5]) or "nothing"
        raise ConfigError(
            f"model.encoder: {folder} holds no weights: expected {' or '.join(WEIGHTS)}, found"
            f" {found}. Weights in a pickle (.bin, .pt, .pth) are not read, because that can run"
            " code: save them as safetensors"
        )
    size_bytes = sum(path.stat().st_size for path in weights)
    if size_bytes > _LARGEST_WEIGHTS_BYTES:
        raise ConfigError(
            f"model.encoder: the weights in {folder} have {size_bytes:,} bytes, more than the"
            f" permitted {_LARGEST_WEIGHTS_BYTES:,}"
        )
    for path in weights:
        fault = _fault(path)
        if fault is not None:
            raise ConfigError(f"model.encoder: {path} {fault}")


def _fault(path: Path) -> str | None:
    with path.open("rb") as content:
        head = content.read(len(_POINTER))
    if head == _POINTER:
        return "is a pointer of Git LFS, not weights: fetch them with `git lfs pull`"
    is_whole = head.startswith(_HDF5) if path.suffix == ".h5" else _is_whole_safetensors(path)
    return None if is_whole else "is damaged or was not copied to its end: copy it again"


def _is_whole_safetensors(path: Path) -> bool:
    """By its layout: length of the header, the header as JSON, then as many bytes as that says.

    https://github.com/huggingface/safetensors#format
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as content:
        length = int.from_bytes(content.read(_LENGTH_BYTES), "little")
        if length > min(size_bytes - _LENGTH_BYTES, _LARGEST_HEADER_BYTES):
            return False
        text = content.read(length)
    try:
        header = json.loads(text)
        tensors = [tensor for name, tensor in header.items() if name != "__metadata__"]
        end = max((tensor["data_offsets"][1] for tensor in tensors), default=0)
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError, IndexError):
        return False
    return bool(size_bytes == _LENGTH_BYTES + length + end)
