"""Settings of the speech pipeline: plain data, checked before any work starts."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, FiniteFloat, field_validator, model_validator

from pipelines.speech.models.families import AnyModelConfig, ResidualCnnConfig, StreamingConfig
from shared.config import DataConfig, ExplainConfig, FrontEndConfig, RunConfig, TrainConfig

__all__ = [
    "LONGEST_CLIP_SECONDS",
    "SHORTEST_CLIP_SECONDS",
    "SpeechConfig",
    "SpeechDataConfig",
    "SpeechExplainConfig",
    "SpeechFrontEndConfig",
]


def _rise(edges: tuple[float, ...]) -> tuple[float, ...]:
    if any(high <= low for low, high in pairwise(edges)):
        raise ValueError(f"edges of bands must rise, received {list(edges)}")
    return edges


Edges = Annotated[tuple[FiniteFloat, ...], Field(max_length=9), AfterValidator(_rise)]
"""Where one band ends and the next begins."""

SHORTEST_CLIP_SECONDS = 0.2
LONGEST_CLIP_SECONDS = 10.0
_DEMO_CLIP_SECONDS = 1.0


class SpeechDataConfig(DataConfig):
    """Where recordings come from, who speaks, and how they are divided."""

    sample_rate_hz: int = Field(
        8000,
        ge=4000,
        le=48_000,
        description="Rate at which the model listens; other rates are resampled.",
    )
    clip_seconds: float | None = Field(
        None,
        ge=SHORTEST_CLIP_SECONDS,
        le=LONGEST_CLIP_SECONDS,
        description=(
            "Length of a decoded row; the centre of longer recordings is kept. null: a run chooses"
            " the length into which 95 % of the training recordings fit, at most 10 s, and records"
            " it."
        ),
    )
    denoise: Literal["mask"] | None = Field(
        None,
        description=(
            "'mask': a small network, fitted on training clips in rooms, babble and noise, cleans"
            " each clip before it is recognised, and as the signature 'denoise'. null: none."
        ),
    )
    denoise_steps: int = Field(
        3000,
        ge=1,
        le=100_000,
        description="Batches of 16 clips on which data.denoise=mask is fitted.",
    )
    max_file_seconds: float = Field(
        60.0,
        gt=0.0,
        le=3600.0,
        description="Longer recordings are refused as not being one utterance.",
    )
    manifest: str | None = Field(
        None,
        min_length=1,
        description="Table of recordings inside the source folder, such as list.csv.",
    )
    file_column: str = Field(
        "file",
        min_length=1,
        description="Manifest column: path of the recording, relative to the manifest.",
    )
    label_column: str = Field("label", min_length=1, description="Manifest column: the class.")
    speaker_column: str | None = Field(
        "speaker", min_length=1, description="Manifest column: who speaks; null if not known."
    )
    split_column: str = Field(
        "part",
        min_length=1,
        description="Manifest column with train, val or test, used when data.split=given.",
    )
    filename_pattern: str | None = Field(
        None,
        min_length=1,
        description=(
            "Without a manifest: regular expression with the groups <label> and, if known,"
            " <speaker>, that matches a whole file name without its suffix (or the whole path below"
            " the source, if the expression contains '/')."
        ),
    )
    group_columns: tuple[str, ...] = Field(
        (), description="Manifest columns or named groups to report by, besides speaker_groups."
    )
    speaker_groups: dict[str, dict[str, str]] = Field(
        {}, description="Speaker -> attribute -> value, for example {ann: {accent: Scottish}}."
    )
    snr_edges_db: Edges = Field(
        (10.0, 20.0, 30.0),
        description=(
            "Where bands of the estimated signal-to-noise ratio end; empty: it is not estimated. A"
            " condition, no trait of people."
        ),
    )
    speech_edges_seconds: Edges = Field(
        (0.25, 0.4),
        description=(
            "Where bands of the estimated duration of speech end; empty: it is not estimated. A"
            " condition."
        ),
    )
    # Midway between the mean speaking pitch of men (about 120 Hz) and of women (about 210 Hz: Baken
    # & Orlikoff 2000), and among men.
    pitch_edges_hz: Edges = Field(
        (130.0, 165.0),
        description=(
            "Where bands of each speaker's estimated median pitch end; empty: it is not estimated."
            " A trait of people."
        ),
    )
    classes: tuple[str, ...] = Field(
        (), description="Class names in order; empty: all labels found, sorted."
    )
    entity: Literal["speaker", "recording"] = Field(
        "speaker",
        description=(
            "What may not straddle two splits. 'recording' lets a speaker be in all splits, and the"
            " report says so."
        ),
    )
    dataset_name: str | None = Field(
        None, description="Name for people; null: the name of the source."
    )
    dataset_version: str = Field(
        "unknown", min_length=1, description="Version or date of the data, for the report."
    )
    licence: str = Field(
        "unknown", min_length=1, description="Licence of the data, for the report."
    )
    citation: str = Field("", description="Whom to cite, for the report.")
    test_pattern: str | None = Field(
        None,
        min_length=1,
        description=(
            "With data.split=given and no part column: files whose path contains this expression"
            " are the test."
        ),
    )
    validation_pattern: str | None = Field(
        None, min_length=1, description="Likewise for validation; what matches neither is training."
    )

    @property
    def row_seconds(self) -> float:
        """Length of a decoded row; that of the demo where a run has not chosen it."""
        return _DEMO_CLIP_SECONDS if self.clip_seconds is None else self.clip_seconds

    @field_validator("filename_pattern", "test_pattern", "validation_pattern")
    @classmethod
    def _is_an_expression(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"not a regular expression ({error})") from error
        return value

    @field_validator("classes")
    @classmethod
    def _are_different(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        repeated = [name for index, name in enumerate(value) if name in value[:index]]
        if repeated:
            raise ValueError(f"class names must differ: {repeated[0]!r} appears twice")
        return value

    @model_validator(mode="after")
    def _settings_fit_together(self) -> Self:
        if self.split in {"temporal", "cold_start", "last_steps"}:
            raise ValueError(
                f"data.split={self.split} is for series; recordings have no order in time: use"
                " 'entity', 'leave_one_entity_out' or 'given'"
            )
        if (
            self.filename_pattern is not None
            and "label" not in re.compile(self.filename_pattern).groupindex
        ):
            raise ValueError(
                "data.filename_pattern needs the named group (?P<label>…), received"
                f" {self.filename_pattern!r}"
            )
        if (self.test_pattern is None) != (self.validation_pattern is None):
            raise ValueError(
                "data.test_pattern and data.validation_pattern belong together: give both or"
                " neither"
            )
        return self


class SpeechFrontEndConfig(FrontEndConfig):
    """The log-mel image that a network sees of a recording."""

    num_mels: int = Field(
        40, ge=16, le=128, description="Mel bands between 60 Hz and half the sample rate."
    )
    frame_seconds: float = Field(0.025, ge=0.005, le=0.1, description="Window of one spectrum.")
    hop_seconds: float = Field(
        0.010, ge=0.0025, le=0.05, description="Time from one spectrum to the next."
    )
    range_db: float = Field(
        60.0,
        ge=20.0,
        le=120.0,
        description="Power this far below the clip's loudest frame counts as silence.",
    )
    trim_db: float = Field(
        30.0,
        ge=10.0,
        le=120.0,
        description="Frames this far below the loudest one are cut off at both ends.",
    )

    @model_validator(mode="after")
    def _frames_overlap(self) -> Self:
        if self.hop_seconds > self.frame_seconds:
            raise ValueError(
                "front_end.hop_seconds must not exceed front_end.frame_seconds, received"
                f" {self.hop_seconds} > {self.frame_seconds}"
            )
        return self


class SpeechExplainConfig(ExplainConfig):
    """The tiles that explanations remove.

    Half as many rows are surveyed as elsewhere: a clip costs about twice as much as an image.
    """

    num_surveyed: int = Field(
        32,
        ge=0,
        le=10_000,
        description=(
            "Test examples whose brief explanations are summed: which bands and parts of the sound"
            " matter in general, and for each group. 0: none."
        ),
    )

    num_band_tiles: int = Field(
        5, ge=1, le=20, description="Bands of frequency, equally wide in mel."
    )
    num_time_tiles: int = Field(
        8,
        ge=1,
        le=40,
        description=(
            "Stretches of time between the first and the last sound. Where they last longer than"
            " 0.3 s, the strongest are cut further."
        ),
    )


class SpeechConfig(RunConfig):
    """Everything that decides a speech run."""

    data: SpeechDataConfig = SpeechDataConfig()
    front_end: SpeechFrontEndConfig = SpeechFrontEndConfig()
    model: AnyModelConfig = ResidualCnnConfig()
    train: TrainConfig = TrainConfig()
    explain: SpeechExplainConfig = SpeechExplainConfig()

    @model_validator(mode="after")
    def _stream_what_is_deployed(self) -> Self:
        if not isinstance(self.model, StreamingConfig):
            return self
        if self.train.deploy != "network" or self.train.members > 1:
            raise ValueError(
                "model.family=streaming deploys its network alone, since floors and averages read"
                " whole clips: it needs train.deploy=network and train.members=1, received"
                f" {self.train.deploy} and {self.train.members}"
            )
        if self.data.denoise is not None:
            raise ValueError(
                "model.family=streaming hears pieces and data.denoise cleans whole clips: leave out"
                " one of them"
            )
        return self
