"""`train`: how the model is fitted."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.config.section import Section, Share
from shared.config.setting_text import set_option

__all__ = ["TrainConfig"]


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
    label_fraction: float = Field(
        1.0,
        gt=0.0,
        le=1.0,
        description=(
            "Share of the training rows whose labels are used, drawn with train.seed, entities"
            " whole; validation and test stay as they are. Classification only."
        ),
    )
    members: int = Field(
        1,
        ge=1,
        le=100,
        description=(
            "Networks that are trained one after the other, with seeds that follow train.seed, and"
            " served as one: their mean."
        ),
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
    loss: Literal["cross_entropy", "class_weighted", "logit_adjusted", "focal"] = Field(
        "cross_entropy",
        description=(
            "Of classes: 'class_weighted' lets each count alike, however rare; 'logit_adjusted'"
            " learns what tells classes apart beside their shares (Menon et al. 2021, eq. 10);"
            " 'focal' counts sure rows less. Probabilities stay those of data like the training"
            " split's: decisions favour rare classes with calibrate.decide_for=balanced."
        ),
    )
    focal_gamma: float = Field(
        2.0, ge=0.0, le=10.0, description="How much less (Lin et al. 2017, eq. 4: γ)."
    )
    sampling: Literal["natural", "balanced"] = Field(
        "natural",
        description="Shows rows as often as they are, or every class equally often in an epoch.",
    )
    ema_momentum: float | None = Field(
        None,
        gt=0.0,
        lt=1.0,
        description="Momentum of an exponential moving average of the weights.",
    )
    patience_epochs: int = Field(
        10, ge=1, description="Epochs without a better validation loss before training stops."
    )
    deploy: Literal["auto", "network", "floor"] = Field(
        "auto",
        description=(
            "What is deployed: 'auto': the network, its floor or a blend, as validation chooses;"
            " 'network' or 'floor': that alone, whatever validation says."
        ),
    )
    strategy: Literal["auto", "single", "mirrored", "multi_worker"] = Field(
        "auto",
        description=(
            "tf.distribute strategy; 'auto': the workers of TF_CONFIG, else several GPUs,"
            " else one device. The batch stays global, so the learning rate stays as it is."
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
    deterministic: bool = Field(
        True,
        description=(
            "Same seed, machine, devices and number of threads, same weights; tested on one CPU."
        ),
    )
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

    teacher: str | None = Field(
        None,
        min_length=1,
        description=(
            "A finished run on the same splits whose answers are learnt beside the truth"
            " (distillation, Hinton et al. 2015)."
        ),
    )
    teacher_weight: Share = Field(
        0.5, description="Of what the teacher says in the loss; the rest is the truth's."
    )
    teacher_temperature: float = Field(
        2.0,
        gt=0.0,
        le=100.0,
        description="By which the logits of teacher and student are divided; classes only.",
    )

    @model_validator(mode="after")
    def _mitigates_for_an_attribute(self) -> Self:
        if self.mitigation != "none" and self.mitigated_attribute is None:
            raise ValueError(
                f"train.mitigation={self.mitigation} needs train.mitigated_attribute: the group"
                " attribute whose gaps are to close, for example"
                f" {set_option('train.mitigated_attribute', 'sex')}"
            )
        if self.mitigation == "none" and self.mitigated_attribute is not None:
            raise ValueError(
                f"train.mitigated_attribute={self.mitigated_attribute!r} has no effect with"
                " train.mitigation=none: choose reweighing, balanced_sampling or group_dro, or"
                " leave the attribute out"
            )
        return self

    @model_validator(mode="after")
    def _balances_once(self) -> Self:
        if self.sampling == "natural":
            return self
        twice = {
            "train.loss": self.loss in ("class_weighted", "logit_adjusted"),
            "train.mitigation": self.mitigation != "none",
        }
        for key, is_too_much in twice.items():
            if is_too_much:
                raise ValueError(
                    f"train.sampling=balanced can't be combined with {key}="
                    f"{getattr(self, key.removeprefix('train.'))}: both change how much a row"
                    f" counts. Choose one, for example {set_option('train.sampling', 'natural')}"
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
