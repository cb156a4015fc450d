"""From recordings, or from the bundled generator, to three splits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.formant_digits import (
    CLIP_SECONDS,
    DIGITS,
    GENERATOR_VERSION,
    SAMPLE_RATE_HZ,
    FormantDigits,
)
from pipelines.speech.config import SpeechConfig, SpeechDataConfig
from pipelines.speech.reading.attributes import estimated_conditions, group_notes, group_table
from pipelines.speech.reading.examining import Examination, content_file, examine_all
from pipelines.speech.reading.files import Listing, list_recordings
from pipelines.speech.reading.public import adopt_settings, list_public
from pipelines.speech.reading.recordings import encode_wav, read_recording, to_pcm
from pipelines.speech.reading.splits import describe_overlap, divide
from pipelines.speech.segments import canvas_frequencies_hz, canvas_times_seconds
from shared.config.setting_text import set_option
from shared.contract import UNKNOWN, Examples, Provenance, Rows, Splits
from shared.errors import DataError
from shared.loading.files.contents import ContentFile
from shared.loading.public.catalogue import is_public
from shared.loading.public.opening import open_public
from shared.loading.splits.quarantine import enforce_quarantine
from shared.loading.splits.splitting import split_by_entity
from shared.run.fingerprints import fingerprint_path
from shared.targets import Categories

__all__ = ["lazy_wire", "load", "synthesize"]


def load(config: SpeechConfig) -> Splits:
    """Read a folder with a manifest or telling file names, a manifest, or a public dataset.

    Every file is examined once here, so that a broken one is named before training starts; sound is
    read again when it is needed.

    Raises:
        DataError: The source can't be used as configured, or too many of its files can't be read.
    """
    dataset = open_public(config.data, "recordings") if is_public(config.data.source) else None
    config = config if dataset is None else adopt_settings(config, dataset)
    data = config.data
    listing = list_recordings(data) if dataset is None else list_public(dataset)
    names = _class_names(listing, config)
    examined = examine_all(listing.table, config.data)
    quarantine = enforce_quarantine(
        [*listing.problems, *examined.problems],
        num_inputs=len(listing.table) + len(listing.problems),
        max_share=data.max_quarantine_share,
    )
    table = listing.table[examined.readable].reset_index(drop=True)
    labels = np.array([names.index(label) for label in table["label"]], dtype=np.int64)
    ids = table["id"].to_numpy(dtype=np.str_)
    entities = ids if data.entity == "recording" else _known_speakers(table, listing.origin)
    splits = divide(table, entities, labels, config, origin=listing.origin)
    groups = group_table(table, examined.measurements, data)
    examples = Examples(ids, entities, labels, groups, lazy_wire(table["path"].tolist(), config))
    speakers = table["speaker"].to_numpy(dtype=np.str_)
    described = (
        _describe(data, _checksum(listing, examined)) if dataset is None else dataset.provenance
    )
    overlap = describe_overlap(speakers, splits, data.entity)
    notes = (*listing.notes, *overlap, *examined.notes, *group_notes(groups, speakers, data))
    provenance = _add_notes(described, estimated_conditions(data), notes)
    train, val, test = (examples.take(indices) for indices in splits)
    return Splits(train, val, test, Categories(names=names), provenance, quarantine)


def _add_notes(
    provenance: Provenance, conditions: Iterable[str], notes: tuple[str, ...]
) -> Provenance:
    all_conditions = dict.fromkeys((*provenance.conditions, *conditions))
    all_notes = (*provenance.notes, *notes)
    return replace(provenance, conditions=tuple(all_conditions), notes=all_notes)


def _describe(data: SpeechDataConfig, checksum: str) -> Provenance:
    return Provenance(
        name=data.dataset_name or Path(data.source).name,
        source=data.source,
        version=data.dataset_version,
        licence=data.licence,
        citation=data.citation,
        checksum=checksum,
        synthetic=False,
    )


def synthesize(config: SpeechConfig, num_examples: int, seed: int) -> Splits:
    """Spoken digits from the formant generator, divided by speaker.

    `ground_truth` marks the sounds of the word on the canvas.
    """
    corpus = FormantDigits(num_examples, config.data.demo_group_bias, seed)
    examples = Examples(
        corpus.ids,
        corpus.speakers,
        corpus.labels,
        corpus.groups,
        _generated_wire(corpus, config),
        _generated_ground_truth(corpus, config),
    )
    indices = split_by_entity(
        corpus.speakers,
        corpus.labels,
        validation_share=config.data.validation_share,
        test_share=config.data.test_share,
        seed=seed,
    )
    provenance = _describe_demo(corpus, config.data.demo_group_bias)
    train, val, test = (examples.take(split) for split in indices)
    return Splits(train, val, test, Categories(names=DIGITS), provenance)


def _describe_demo(corpus: FormantDigits, bias: float) -> Provenance:
    return Provenance(
        name="Formant digits",
        source="demo",
        version=GENERATOR_VERSION,
        licence="Apache-2.0",
        citation="",
        checksum=corpus.checksum,
        synthetic=True,
        conditions=("signal-to-noise ratio", "speech duration"),
        notes=(
            (
                "Generated by a formant synthesiser: no human voice is in it, and no result says"
                " anything about people."
            ),
            (
                f"A bias of strength {bias:g} against accent C is planted:"
                " rarer, further from the others, noisier."
            ),
        ),
    )


def _class_names(listing: Listing, config: SpeechConfig) -> tuple[str, ...]:
    table = listing.table
    classes = config.data.classes
    if not classes:
        found = tuple(sorted(set(table["label"])))
        if len(found) < 2:
            raise DataError(
                f"{listing.origin}: at least two different labels are needed, received"
                f" {', '.join(map(repr, found)) or 'none'}."
            )
        return found
    unknown = ~table["label"].isin(classes)
    if unknown.any():
        first = table[unknown].iloc[0]
        place = (
            f"{listing.origin}, row {first['row']}, column {config.data.label_column!r}"
            if first["row"]
            else f"{first['path']}"
        )
        raise DataError(
            f"{place}: unknown label {first['label']!r}; data.classes permits {', '.join(classes)}."
            " Correct the label, or extend data.classes."
        )
    return classes


def _known_speakers(table: pd.DataFrame, origin: Path) -> NDArray[np.str_]:
    unknown = table["speaker"] == UNKNOWN
    if unknown.any():
        raise DataError(
            f"{origin}: the speaker of {table['id'][unknown].iloc[0]!r} (and"
            f" {int(unknown.sum()) - 1} more) is not given, so that nobody can tell whether a"
            " speaker is in two splits. Give a speaker column or a named group <speaker>, or accept"
            f" shared speakers with {set_option('data.entity', 'recording')}"
        )
    return table["speaker"].to_numpy(dtype=np.str_)


def lazy_wire(
    paths: Sequence[str | ContentFile], config: SpeechConfig
) -> Callable[[NDArray[np.int64]], Rows]:
    """Indices -> `wav` (m,) object array of WAV bytes, read when asked for.

    The returned function raises DataError for a file that has become unreadable.
    """

    def rows(indices: NDArray[np.int64]) -> Rows:
        wire = np.empty(len(indices), dtype=object)
        for place, index in enumerate(indices):
            try:
                wire[place] = read_recording(
                    content_file(paths[index]),
                    sample_rate_hz=config.data.sample_rate_hz,
                    max_seconds=config.data.max_file_seconds,
                ).wire
            except DataError as error:
                raise DataError(
                    f"{paths[index]}: {error}; it was readable when the run began."
                ) from error
        return {"wav": wire}

    return rows


def _checksum(listing: Listing, examined: Examination) -> str:
    digest = hashlib.sha256()
    if listing.origin.is_file():
        digest.update(fingerprint_path(listing.origin).encode())
    for name, content in zip(listing.table["id"], examined.hashes, strict=True):
        digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()


def _generated_wire(
    corpus: FormantDigits, config: SpeechConfig
) -> Callable[[NDArray[np.int64]], Rows]:
    rate_hz = config.data.sample_rate_hz

    def rows(indices: NDArray[np.int64]) -> Rows:
        wire = np.empty(len(indices), dtype=object)
        for place, samples in enumerate(corpus.waveforms(indices)):
            if rate_hz != SAMPLE_RATE_HZ:
                samples = to_pcm((samples / 32768.0).astype(np.float32), SAMPLE_RATE_HZ, rate_hz)
            wire[place] = encode_wav(samples, rate_hz)
        return {"wav": wire}

    return rows


def _generated_ground_truth(
    corpus: FormantDigits, config: SpeechConfig
) -> Callable[[int], NDArray[np.float32]]:
    # A decoded row shows the middle of the clip, or the whole clip in the middle of silence.
    times_seconds = canvas_times_seconds(config) + (CLIP_SECONDS - config.data.clip_seconds) / 2.0
    frequencies_hz = canvas_frequencies_hz(config)
    return lambda index: corpus.ground_truth(
        index, frequencies_hz=frequencies_hz, times_seconds=times_seconds
    )
