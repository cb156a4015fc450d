"""`models.config`: which versions TensorFlow Serving loads, and who holds which label.

Text format of `ModelServerConfig` (tensorflow_serving/config/model_server_config.proto). Only
versions that hold a label are listed, because a request without version or label gets the highest
that is loaded: after a rollback that would be the one that was rolled back.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from pathlib import Path

from shared.errors import UserError
from shared.run.artefacts.published_file import PublishedRecord

__all__ = ["SERVER_CONFIG", "render_server_config", "require_unedited"]

SERVER_CONFIG = "models.config"

_MOUNTED_AT = "/models"
"""Where the stock image looks for models."""

_HEADER = "# Written by `python -m pipelines publish`; edits are refused. SHA-256 of the rest: "


def render_server_config(records: Sequence[PublishedRecord]) -> str:
    """The file's text: a header that tells edits, then each model with a label.

    Args:
        records: Of all models. Their names and labels need no quoting: letters, digits, `._-`.
    """
    models = "".join(_render_model(record) for record in records if record.labels())
    body = f"model_config_list {{\n{models}}}\n"
    return f"{_HEADER}{_digest(body)}\n{body}"


def require_unedited(path: Path) -> None:
    """Refuse to replace what somebody else wrote.

    Raises:
        UserError: The file is there, and not as it was written.
    """
    if not path.exists() and not path.is_symlink():
        return
    first, _, body = path.read_bytes().partition(b"\n")
    if first == f"{_HEADER}{_digest(body.decode('utf-8', 'replace'))}".encode():
        return
    quoted = shlex.quote(str(path))
    kept = shlex.quote(f"{path}.by-hand")
    raise UserError(
        f"{path} was written or edited by hand, and would be lost. Keep it elsewhere, then publish"
        f" again: mv {quoted} {kept}"
    )


def _render_model(record: PublishedRecord) -> str:
    labels = record.labels()
    versions = " ".join(f"versions: {version}" for version in sorted(set(labels.values())))
    lines = [
        f'    name: "{record.model}"',
        f'    base_path: "{_MOUNTED_AT}/{record.model}"',
        '    model_platform: "tensorflow"',
        f"    model_version_policy {{ specific {{ {versions} }} }}",
        *(
            f'    version_labels {{ key: "{label}" value: {version} }}'
            for label, version in labels.items()
        ),
    ]
    return "  config {\n" + "\n".join(lines) + "\n  }\n"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
