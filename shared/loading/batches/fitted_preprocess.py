"""The fitted preprocessing on disk, so that a second training does not fit it again.

    <cache_dir>/fitted/<key>/preprocess.keras
    <cache_dir>/fitted/<key>/sha256             of that file

The key names all that fitting depends on: source, training split, the settings that fitting is
given, encoder, code and library versions. Any other setting is kept from it, so that none can be
forgotten in the key.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import keras

from shared.config import RunConfig
from shared.config.reading import as_read
from shared.config.transfer import encoder_source
from shared.contract import Deferred, Splits
from shared.pretrained.checkpoint import describe_encoder
from shared.run.context import StageContext
from shared.run.fingerprints import code_fingerprint, fingerprint_path
from shared.run.progress import Progress

__all__ = ["fit_preprocess"]

_REPOSITORY = Path(__file__).resolve().parents[3]
_MODEL = "preprocess.keras"
_CHECKSUM = "sha256"
_MOST_ENTRIES = 20
"""The least recently used go first."""


def fit_preprocess(context: StageContext, splits: Splits) -> keras.Model:
    """The preprocessing, fitted on the training split, or as an equal training left it.

    Names of layers and random numbers begin anew behind it, so that a network is the same
    whether its preprocessing was fitted or found.
    """
    config = _that_decides(context.config)
    entry = _entry(context, config, splits)
    found = None if entry is None else _open(entry, context.progress)
    if found is None:
        fitted = context.pipeline.preprocess(as_read(config, splits.reading), splits.train)
        kept = entry is not None and _keep(fitted, entry, context.progress)
        # What is found is used at once: this training is then the one that a second repeats.
        found = (_open(entry, None) if kept and entry is not None else None) or fitted
    keras.utils.clear_session()
    keras.utils.set_random_seed(context.config.train.seed)
    return found


def _entry(context: StageContext, config: RunConfig, splits: Splits) -> Path | None:
    """Where it lies; None if there is no cache, or what fits has no code that the key can name."""
    data = context.config.data
    fits = context.pipeline.preprocess
    if data.cache_disk_limit_mib == 0 or not isinstance(fits, Deferred):
        return None
    # Its import also registers the layers that it uses, which Keras could not find else.
    folder = Path(inspect.getfile(fits.resolve())).resolve().parent
    if not folder.is_relative_to(_REPOSITORY):
        return None
    code = code_fingerprint("shared", "data", f"pipelines/{config.pipeline}", str(folder))
    return Path(data.cache_dir) / "fitted" / _key(config, splits, f"{fits.target} {code}")


def _that_decides(config: RunConfig) -> RunConfig:
    """The settings of data, front end and model, and the seed; all others have their defaults."""
    fields = type(config).model_fields
    kept = {"data", "front_end", "model", "pipeline"}
    usual = {
        name: field.get_default(call_default_factory=True)
        for name, field in fields.items()
        if name not in kept
    }
    train = usual["train"].model_copy(update={"seed": config.train.seed})
    return config.model_copy(update={**usual, "train": train})


def _key(config: RunConfig, splits: Splits, code: str) -> str:
    # The checksum stands for the source, wherever it lies.
    data = config.data.model_copy(update={"source": "", "manual_dir": None})
    source = encoder_source(config.model)
    encoder = "" if source is None else describe_encoder(source).model_dump_json()
    of_data = (splits.provenance.checksum, splits.train.fingerprint(), repr(splits.reading))
    settings = (data.decisive(), config.model_dump_json(exclude={"data"}))
    libraries = (version("tensorflow"), version("keras"))
    decisive = "\n".join((*of_data, *settings, encoder, code, *libraries))
    return hashlib.sha256(decisive.encode()).hexdigest()[:32]


def _open(entry: Path, progress: Progress | None) -> keras.Model | None:
    """The model of an entry; None if there is none, or its file is not the one that was written."""
    if not entry.exists():
        return None
    try:
        if fingerprint_path(entry / _MODEL) != (entry / _CHECKSUM).read_text():
            raise OSError("its file is not the one that was written")
        os.utime(entry)
        model = keras.saving.load_model(entry / _MODEL)
    except (OSError, UnicodeDecodeError) as error:
        if progress is not None:
            progress.log(f"the cache entry {entry} is damaged and made again: {error}")
        shutil.rmtree(entry, ignore_errors=True)
        return None
    if progress is not None:
        progress.log("fitted preprocessing found on disk")
    return model


def _keep(fitted: keras.Model, entry: Path, progress: Progress) -> bool:
    """Whether the disk took it; several workers may try at once, and each writes the same."""
    unfinished = None
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(suffix=".writing", dir=entry.parent))
        fitted.save(unfinished / _MODEL)
        (unfinished / _CHECKSUM).write_text(fingerprint_path(unfinished / _MODEL))
        if not entry.exists():
            unfinished.rename(entry)
        by_use = sorted(entry.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        for old in by_use[:-_MOST_ENTRIES]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        progress.log(f"fitted preprocessing not kept on disk: {entry.parent} ({error.strerror})")
        return entry.exists()
    finally:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
    return True
