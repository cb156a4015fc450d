"""The identity of a result that is about to be made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from shared.contract import InputStream
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.context import StageContext
from shared.run.files import SIGNATURE
from shared.run.fingerprints import fingerprint_path
from shared.serving.batch.identity import Identity
from shared.serving.batch.served_model import reading_config
from shared.serving.batch.shards import BLOCK_ROWS
from shared.serving.batch.table_bytes import Form
from shared.serving.saved_model import SavedModel

__all__ = ["identify"]

_GRAPH = "saved_model.pb"


def identify(context: StageContext, saved: SavedModel, stream: InputStream, form: Form) -> Identity:
    """The identity of a result that is about to be made."""
    settings = reading_config(context).data.model_dump(mode="json")
    graph = fingerprint_path(saved.path / _GRAPH)
    return Identity(
        input=_fingerprint_files(stream.files),
        num_inputs=stream.num_inputs,
        model=_digest([graph, saved.fingerprint(), context.run.fingerprint(SIGNATURE)]),
        weights_sha256=SignatureRecord.read(context.run).weights_sha256,
        settings=_digest([json.dumps(settings, sort_keys=True)]),
        form=form,
        block_rows=BLOCK_ROWS,
    )


def _fingerprint_files(files: Sequence[Path]) -> str:
    if len(files) == 1 and files[0].is_file():
        return fingerprint_path(files[0])
    return _digest(map(_describe, files))


def _describe(file: Path) -> str:
    try:
        state = file.stat()
    except OSError:  # a link to nothing, whose row says so
        return f"{file.name}\0"
    return f"{file.name}\0{state.st_size}\0{state.st_mtime_ns}"


def _digest(parts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode(errors="surrogateescape") + b"\0\0")
    return digest.hexdigest()
