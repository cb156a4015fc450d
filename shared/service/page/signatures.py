"""`signature.json` of each version that answers: inside a published one, beside that of a run."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from shared.errors import PlumblineError
from shared.run.artefacts.signature_file import SignatureRecord
from shared.run.directory import RunDirectory
from shared.service.models.registry import Registry

__all__ = ["served_signatures"]

_MOST_VERSIONS = 256


def served_signatures(registry: Registry) -> dict[str, SignatureRecord]:
    """Of each model the version that answers whoever names none.

    A SavedModel without a record that this version can read is left out: the page could not say
    what its answers mean.
    """
    newest = {name: registry.available(name)[-1:] for name in registry.models}
    found = {name: _read(one.path) for name, versions in newest.items() for one in versions}
    return {name: record for name, record in found.items() if record is not None}


@lru_cache(maxsize=_MOST_VERSIONS)
def _read(version: Path) -> SignatureRecord | None:
    """Once: a version's folder never changes."""
    is_published = (version / "assets.extra").is_dir()
    folder = version / "assets.extra" if is_published else version.parents[1]
    try:
        return SignatureRecord.read(RunDirectory(folder))
    except PlumblineError:
        return None
