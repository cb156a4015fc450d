"""The configuration of a run: typed, bounded, frozen; plain data only.

The complete configuration is written to `config.json`, which alone reproduces the run;
`sources.py` makes it.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.config.field_types import Encoding, Separator, Share

__all__ = [
    "CalibrateConfig",
    "DataConfig",
    "EvaluateConfig",
    "ExplainConfig",
    "ModelConfig",
    "RunConfig",
    "Section",
    "TrainConfig",
]


class Section(BaseModel):
    """A group of settings: immutable, strictly typed, unknown keys rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    only_cost: ClassVar[frozenset[str]] = frozenset()
    """Settings that change what a run costs but never what comes of it."""

    def decisive(self) -> str:
        """The settings that decide results, as stable JSON."""
        return self.model_dump_json(exclude=set(self.only_cost))


class DataConfig(Section):
    """Where examples come from and how they are split.

    A pipeline subclasses it for its own columns and shapes.
    """

    only_cost = frozenset({"cache_limit_mib", "cache_dir", "cache_disk_limit_mib"})

    source: str = Field(
        "demo",
        min_length=1,
        description=(
            "'demo' (bundled synthetic data), 'tfds:<dataset>' (public) or a path to your own"
            " files."
        ),
    )
    manual_dir: str | None = Field(
        None,
        min_length=1,
        description=(
            "With 'tfds:': folder of the dataset's files that you already have; null downloads"
            " them."
        ),
    )
    require_official: bool = Field(
        False,
        description=(
            "With 'tfds:': refuse a copy that differs from the dataset's official card. False"
            " labels it in the report."
        ),
    )
    split: Literal["entity", "given", "temporal", "cold_start", "leave_one_entity_out"] = Field(
        "entity",
        description=(
            "'entity': no entity straddles two parts; 'given': by the source's own parts;"
            " 'temporal': by time; 'cold_start': by time and series; 'leave_one_entity_out':"
            " cross-validation in which each entity is tested once."
        ),
    )
    max_folds: int = Field(
        20,
        ge=3,
        le=1000,
        description=(
            "Leave-one-entity-out: with more entities than this, they share this many folds."
        ),
    )
    validation_share: float = Field(
        0.15, gt=0.0, lt=0.5, description="Share of entities (or of time) kept for choosing."
    )
    test_share: float = Field(
        0.2,
        gt=0.0,
        lt=0.5,
        description="Share of entities (or of time) kept for the one final test.",
    )
    num_demo_examples: int = Field(
        1200, ge=60, le=1_000_000, description="Number of synthetic examples when source is 'demo'."
    )
    demo_group_bias: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description=(
            "Strength of the bias planted in the synthetic data: 0 none, 1 as strong as the"
            " generator can."
        ),
    )
    encoding: Encoding = Field(
        "utf-8",
        description=(
            "Of tables and texts, such as cp1252 or utf-16-le; a byte order mark in a file (UTF-8,"
            " UTF-16) wins."
        ),
    )
    separator: Separator | None = Field(
        None,
        description=(
            "Between the fields of .csv, .tsv and .txt tables; null: comma or tab, or another if"
            " the first line plainly uses that."
        ),
    )
    ordered_classes: tuple[str, ...] = Field(
        (),
        description=(
            "Where classes are grades: their names from lowest to highest. Errors are then also"
            " measured by how far off they are. Empty: as the source says, else without order."
        ),
    )
    conditions: tuple[str, ...] = Field(
        (),
        description=(
            "Group attributes that describe circumstances, such as the scanner, not people; added"
            " to those that the pipeline knows. Their gaps are reported as reliability across"
            " segments."
        ),
    )
    max_quarantine_share: Share = Field(
        0.01,
        description=(
            "Largest share of unreadable inputs that are set aside; beyond it the run stops."
        ),
    )
    allow_leakage: bool = Field(
        False,
        description=(
            "Run although equal content or an entity is in two parts; the report says so. False"
            " stops the run."
        ),
    )
    cache_limit_mib: int = Field(
        4096,
        ge=0,
        description=(
            "Prepared examples are kept in memory up to this size (MiB); beyond it batches are read"
            " from the disk."
        ),
    )
    cache_dir: str = Field(
        default_factory=lambda: os.environ.get("PLUMBLINE_CACHE_DIR", ".cache/plumbline"),
        min_length=1,
        description=(
            "Folder of prepared data, shared by all runs; the environment variable"
            " PLUMBLINE_CACHE_DIR moves the default."
        ),
    )
    cache_disk_limit_mib: int = Field(
        20_480,
        ge=0,
        description=(
            "Largest size of that folder (MiB): the least recently used go first. 0 keeps nothing"
            " on disk."
        ),
    )

    @model_validator(mode="after")
    def _belongs_to_a_public_dataset(self) -> Self:
        given = [name for name in ("manual_dir", "require_official") if getattr(self, name)]
        if given and not self.source.startswith("tfds:"):
            raise ValueError(
                f"data.{given[0]} is for public datasets: data.source must begin with tfds:,"
                f" received {self.source!r}"
            )
        return self


class ModelConfig(Section):
    """Architecture settings. A pipeline subclasses it."""


class TrainConfig(Section):
    """How the model is fitted."""

    only_cost = frozenset(
        {
            "checkpoint_every_seconds",
            "checkpoint_every_steps",
            "keep_checkpoints",
            "tensorboard",
            "country_iso_code",
        }
    )

    seed: int = Field(
        0,
        ge=0,
        lt=2**31,
        description="Seeds data order, initial weights, augmentation and dropout.",
    )
    epochs: int = Field(10, ge=1, le=10_000, description="Passes over the training split, at most.")
    batch_size: int = Field(
        64, ge=1, le=65_536, description="Examples in one step, over all replicas together."
    )
    learning_rate: float = Field(
        1e-3, gt=0.0, le=10.0, description="Peak of the schedule: linear warm-up, then cosine to 0."
    )
    warmup_share: Share = Field(0.1, description="Share of all steps spent warming up.")
    weight_decay: float = Field(1e-4, ge=0.0, le=1.0, description="Decoupled weight decay (AdamW).")
    clip_norm: float = Field(1.0, gt=0.0, description="Largest global gradient norm.")
    label_smoothing: float = Field(0.0, ge=0.0, lt=1.0, description="Classification only.")
    ema_momentum: float | None = Field(
        None,
        gt=0.0,
        lt=1.0,
        description="Momentum of an exponential moving average of the weights.",
    )
    patience_epochs: int = Field(
        10, ge=1, description="Epochs without a better validation loss before training stops."
    )
    strategy: Literal["auto", "single", "mirrored", "multi_worker", "tpu"] = Field(
        "auto",
        description=(
            "tf.distribute strategy; 'auto': the workers of TF_CONFIG, else a TPU, else several"
            " GPUs, else one device. The batch stays global, so the learning rate stays as it is."
        ),
    )
    gradient_accumulation: int = Field(
        1,
        ge=1,
        le=4096,
        description=(
            "Micro-batches that each replica's share of a batch is cut into, to save memory; still"
            " one step. Batch normalisation then takes its statistics from micro-batches."
        ),
    )
    steps_per_execution: int = Field(
        1,
        ge=1,
        le=100_000,
        description=(
            "Steps that run on the device before Python looks at the loss; more is faster if they"
            " are short."
        ),
    )
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = Field(
        "float32",
        description=(
            "Of the computation while training; weights, outputs and the saved model stay float32."
        ),
    )
    jit: bool = Field(
        False,
        description="Compile the training step with XLA; refused where model or strategy can't.",
    )
    deterministic: bool = Field(True, description="Same seed, same machine, same weights.")
    checkpoint_every_seconds: float = Field(
        60.0,
        ge=0.0,
        description=(
            "Shortest time between two checkpoints. They are fewer if writing them would take over"
            " 2 % of the time."
        ),
    )
    checkpoint_every_steps: int | None = Field(
        None,
        ge=1,
        description=(
            "If given, a checkpoint after every so many steps, whatever the time and the cost."
        ),
    )
    keep_checkpoints: int = Field(
        2,
        ge=1,
        le=1000,
        description=(
            "Newest checkpoints that are kept, beside the best epoch; with 1 there is none to fall"
            " back to."
        ),
    )
    tensorboard: bool = Field(
        True, description="Write the curves for TensorBoard too, into tensorboard/ of the run."
    )
    country_iso_code: str | None = Field(
        None,
        pattern="^[A-Z]{3}$",
        description=(
            "Whose electricity it is (ISO 3166-1, such as DEU), for the emissions; null: the"
            " world's mean."
        ),
    )
    mitigation: Literal["none", "reweighing", "balanced_sampling", "group_dro"] = Field(
        "none",
        description=(
            "Closes gaps between the groups of train.mitigated_attribute while training:"
            " 'reweighing' weights rows so that group and class are independent;"
            " 'balanced_sampling' shows every group equally often; 'group_dro' minimises the worst"
            " group's loss."
        ),
    )
    mitigated_attribute: str | None = Field(
        None, min_length=1, description="The group attribute whose gaps are to close, such as sex."
    )
    min_mitigated_group_size: int = Field(
        20,
        ge=1,
        description=(
            "Groups with fewer training examples are trained as without mitigation, like those"
            " whose group is unknown."
        ),
    )
    group_dro_step_size: float = Field(
        0.01,
        gt=0.0,
        le=10.0,
        description=(
            "How fast the weights of groups follow their losses (Sagawa et al. 2020, algorithm 1:"
            " η_q)."
        ),
    )

    @model_validator(mode="after")
    def _mitigates_for_an_attribute(self) -> Self:
        if self.mitigation != "none" and self.mitigated_attribute is None:
            raise ValueError(
                f"train.mitigation={self.mitigation} needs train.mitigated_attribute: the group"
                " attribute whose gaps are to close, for example --set"
                " train.mitigated_attribute=sex"
            )
        if self.mitigation == "none" and self.mitigated_attribute is not None:
            raise ValueError(
                f"train.mitigated_attribute={self.mitigated_attribute!r} has no effect with"
                " train.mitigation=none: choose reweighing, balanced_sampling or group_dro, or"
                " leave the attribute out"
            )
        return self

    @model_validator(mode="after")
    def _group_dro_sees_whole_batches(self) -> Self:
        if self.mitigation == "group_dro" and (self.gradient_accumulation > 1 or self.jit):
            given = (
                "train.jit=true"
                if self.jit
                else f"train.gradient_accumulation={self.gradient_accumulation}"
            )
            raise ValueError(
                f"train.mitigation=group_dro can't be combined with {given}: the weights of the"
                " groups follow from the losses of the whole batch on all replicas, which must be"
                " known before the first gradient"
            )
        return self


class CalibrateConfig(Section):
    """What is chosen on validation, before the test split is looked at."""

    method: Literal["none", "temperature", "vector", "isotonic"] = Field(
        "temperature",
        description=(
            "Map that makes probabilities mean what they say; unless 'none', forecasts scale their"
            " intervals."
        ),
    )
    set_coverage: float = Field(
        0.9, gt=0.5, lt=1.0, description="Share of conformal sets that are to hold the true class."
    )
    sets_by: Literal["all", "class"] = Field(
        "all", description="Keep that promise over all rows, or within each class (larger sets)."
    )
    max_error_share: float = Field(
        0.05,
        gt=0.0,
        lt=1.0,
        description="Error share that answers may have; less sure rows are handed on.",
    )
    in_distribution_share: float = Field(
        0.95,
        gt=0.5,
        lt=1.0,
        description=(
            "Share of rows like those of validation that are to pass as familiar; the rest is"
            " flagged."
        ),
    )
    min_sensitivity: float | None = Field(
        0.95, gt=0.0, lt=1.0, description="Operating points: share of a class that must be found."
    )
    max_false_alarms_per_hour: float | None = Field(
        None, gt=0.0, description="Operating points: alarms on other classes, an hour."
    )
    decisions_per_hour: float | None = Field(
        None, gt=0.0, description="How many rows are decided an hour; needed for alarms per hour."
    )
    adaptive_step_sizes: tuple[Annotated[float, Field(gt=0.0, le=1.0)], ...] = Field(
        (0.01, 0.002, 0.005, 0.02, 0.05, 0.1),
        min_length=1,
        description=(
            "Forecasts: how quickly intervals may follow their misses; validation chooses one, the"
            " first if it is too short."
        ),
    )
    costs: tuple[tuple[float, ...], ...] | None = Field(
        None,
        description=(
            "Cost of deciding (column) when the truth is (row), in the order of the classes; tables"
            " tell what decisions cost."
        ),
    )
    deployment_prevalence: tuple[float, ...] | None = Field(
        None,
        description=(
            "Class shares where the model will work, in the order of the classes; tables correct"
            " for them."
        ),
    )

    @model_validator(mode="after")
    def _alarms_need_a_rate(self) -> Self:
        if self.max_false_alarms_per_hour is not None and self.decisions_per_hour is None:
            raise ValueError(
                "calibrate.max_false_alarms_per_hour needs calibrate.decisions_per_hour: how many"
                " rows are decided an hour"
            )
        return self


class EvaluateConfig(Section):
    """How numbers are made."""

    resamples: int = Field(1000, ge=100, le=100_000, description="Bootstrap resamples, by entity.")
    confidence: float = Field(0.95, gt=0.5, lt=1.0, description="Level of every interval.")
    max_perturbation_examples: int = Field(
        200,
        ge=20,
        le=100_000,
        description="Test examples that each perturbation changes and scores again.",
    )
    max_feature_examples: int = Field(
        2000,
        ge=20,
        le=100_000,
        description="Training examples whose features say what the model is used to.",
    )
    behaviour_tests: bool = Field(
        True,
        description=(
            "Run the pipeline's behaviour tests, where it has some; they are in English for text."
        ),
    )
    class_roles: dict[str, str] = Field(
        {},
        description=(
            "Role that behaviour tests speak of, such as positive -> the class that has it; by"
            " default found by the name."
        ),
    )
    min_group_size: int = Field(
        20, ge=2, description="Groups smaller than this are shown as 'not enough data'."
    )
    reference_groups: dict[str, str] = Field(
        {},
        description=(
            "Attribute -> the group with which its others are compared, such as {sex: female}; else"
            " the largest is the reference."
        ),
    )
    largest_mitigation_price: float = Field(
        0.02,
        ge=0.0,
        le=1.0,
        description=(
            "Balanced accuracy that closing a gap between groups may cost when a mitigation is chosen."
        ),
    )
    equivalence_margin: float = Field(
        0.05,
        gt=0.0,
        le=10.0,
        description=(
            "Gaps between groups below this do not matter: a share for errors, σ for forecasts."
        ),
    )


class ExplainConfig(Section):
    """How predictions are explained."""

    num_examples: int = Field(8, ge=1, le=1000, description="Test examples to explain.")
    max_evaluations: int = Field(
        300, ge=16, le=100_000, description="Model evaluations that SHAP may spend on one example."
    )


class RunConfig(Section):
    """Everything that decides a run. A pipeline subclasses it and narrows `data` and `model`."""

    pipeline: str = Field("", description="The pipeline's name; set by the runner.")
    preset: str = "default"
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    train: TrainConfig = TrainConfig()
    calibrate: CalibrateConfig = CalibrateConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    explain: ExplainConfig = ExplainConfig()

    @model_validator(mode="after")
    def _leaves_something_to_train_on(self) -> Self:
        if self.data.validation_share + self.data.test_share >= 0.8:
            raise ValueError(
                "data.validation_share + data.test_share must leave at least 20 % for training, "
                f"received {self.data.validation_share} + {self.data.test_share}"
            )
        return self

    def fingerprint(self) -> str:
        """SHA-256 of the complete configuration, as hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """The complete configuration as stable, indented JSON."""
        return json.dumps(self.model_dump(mode="json"), indent=2, sort_keys=True) + "\n"
