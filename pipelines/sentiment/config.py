"""Settings of the sentiment pipeline."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from pipelines.sentiment.models.families import AnyModelConfig, NgramCnnConfig, Widths
from shared.config import DataConfig, ExplainConfig, FrontEndConfig, RunConfig, TrainConfig

__all__ = ["SentimentConfig", "SentimentDataConfig", "SentimentFrontEndConfig"]


class SentimentDataConfig(DataConfig):
    """Where texts and labels are found."""

    split: Literal["entity", "given", "leave_one_entity_out"] = Field(
        "entity",
        description=(
            "'entity': no entity straddles two splits; 'given': by the files train/dev/val/test of"
            " a folder, or by split_column."
        ),
    )
    text_column: str = Field("text", min_length=1, description="Column of the text.")
    label_column: str = Field("label", min_length=1, description="Column of the class.")
    max_text_characters: int = Field(
        100_000,
        ge=1,
        le=2**24,
        description="A longer text is set aside: it is a book, or a quotation mark is missing.",
    )
    id_column: str | None = Field(
        None, min_length=1, description="Unique ids; by default file and row number."
    )
    entity_column: str | None = Field(
        None,
        min_length=1,
        description=(
            "What may not straddle splits, such as the author; by default the text itself,"
            " normalised."
        ),
    )
    split_column: str | None = Field(
        None, min_length=1, description="With split 'given' and one file: says train, val or test."
    )
    group_columns: tuple[str, ...] = Field(
        (), description="Columns whose values are groups, beside identity terms and length."
    )
    class_names: dict[str, str] = Field(
        {},
        description=(
            "Label in the file -> class name, in class order; by default the labels themselves,"
            " sorted."
        ),
    )
    dataset_name: str = Field(
        "", description="How people call the data; by default the file's name."
    )
    version: str = Field(
        "unknown", min_length=1, description="Version or date of the data, for the report."
    )
    licence: str = Field(
        "unknown", min_length=1, description="Licence of the data, for the report."
    )
    citation: str = Field("", description="Whom to cite, for the report.")
    num_demo_examples: int = Field(
        4000, ge=60, le=1_000_000, description="Number of synthetic reviews when source is 'demo'."
    )
    demo_num_classes: Literal[2, 3] = Field(
        2, description="Synthetic reviews are negative or positive, or with 3 also neutral."
    )

    @field_validator("class_names")
    @classmethod
    def _names_at_least_two_classes(cls, value: dict[str, str]) -> dict[str, str]:
        if value and len(set(value.values())) < 2:
            raise ValueError(
                f"at least two classes are needed, received {sorted(set(value.values()))}"
            )
        return value

    @model_validator(mode="after")
    def _has_its_columns(self) -> Self:
        if self.columns is not None:
            missing = [
                name for name in (self.text_column, self.label_column) if name not in self.columns
            ]
            if missing:
                raise ValueError(
                    f"columns must hold text_column and label_column; {missing} not in"
                    f" {list(self.columns)}"
                )
        return self


class SentimentFrontEndConfig(FrontEndConfig):
    """What is read of a text: words with a vector of their own, and n-grams."""

    max_words: int = Field(
        80,
        ge=4,
        le=4096,
        description=(
            "Words and punctuation marks read from the start of a text; the rest is cut off."
        ),
    )
    vocabulary_size: int = Field(
        10_000,
        ge=10,
        le=1_000_000,
        description="Most frequent training words that get a vector of their own.",
    )
    min_word_count: int = Field(2, ge=1, description="Rarer training words count as unknown.")
    num_buckets: int = Field(
        2**17, ge=256, le=2**24, description="N-grams are hashed into this many buckets."
    )
    word_ngram_order: int = Field(3, ge=1, le=5, description="Longest run of words.")
    character_ngram_orders: Widths = Field(
        (), description="Lengths of the character runs within words; () for none."
    )
    max_ngrams: int = Field(
        256,
        ge=16,
        le=65_536,
        description="N-grams kept of one text: those that tell the classes apart best.",
    )
    smoothing: float = Field(
        1.0, gt=0.0, description="Added to every n-gram count of the log-count ratios."
    )
    max_pieces: int = Field(
        64,
        ge=8,
        le=512,
        description=(
            "Pieces of words that a pretrained encoder reads from the start of a text; the rest is"
            " cut off."
        ),
    )


class SentimentConfig(RunConfig):
    """Everything that decides a sentiment run."""

    data: SentimentDataConfig = SentimentDataConfig()
    front_end: SentimentFrontEndConfig = SentimentFrontEndConfig()
    model: AnyModelConfig = NgramCnnConfig()
    train: TrainConfig = TrainConfig()
    explain: ExplainConfig = ExplainConfig()
