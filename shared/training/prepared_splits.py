"""The two splits that a training sees, prepared, and treated as its mitigation asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import keras

from shared.config import TrainConfig
from shared.contract import Splits
from shared.loading.batches.batching import Prepared, prepare
from shared.loading.batches.fitted_preprocess import fit_preprocess
from shared.loading.batches.prepared_cache import open_cache
from shared.loading.batches.row_lengths import with_row_lengths
from shared.run.artefacts.train_file import TeacherRecord, TrainedMitigation
from shared.run.context import StageContext
from shared.targets import Categories, Target
from shared.training.class_balance import ClassBalance
from shared.training.generated.add import add_generated
from shared.training.generated.joined import joined
from shared.training.mitigation.mitigate import Mitigation, plan_mitigation
from shared.training.monitoring.batch_inspector import BatchInspector
from shared.training.teaching.taught_labels import taught_labels, taught_loss
from shared.training.teaching.teacher import Teacher, ask_teacher
from shared.training.trainable import TrainableModel

__all__ = ["PreparedSplits", "prepare_splits"]


@dataclass(frozen=True)
class PreparedSplits:
    """What a network is fitted on and judged by.

    Attributes:
        preprocess: Row -> tensors, fitted on the training split.
        train: What is fitted on.
        val: What the epoch is chosen on.
        balance: What is done about rare classes.
        mitigation: What was done for groups; None for nothing.
        class_loss: What is minimised of classes, or where a teacher speaks; None for forecasts.
        examples: Finds the rows of both splits by name.
        teacher: Whose scores are beside the labels of the training split; None without one.
    """

    preprocess: keras.Model
    train: Prepared
    val: Prepared
    balance: ClassBalance
    mitigation: Mitigation | None
    class_loss: keras.losses.Loss | None
    examples: BatchInspector
    teacher: TeacherRecord | None = None

    @property
    def num_recorded(self) -> int:
        """Rows of the training split, without those that were made."""
        return self.train.num_examples - int(self.balance.made.sum())

    @property
    def num_groups(self) -> int:
        """Of the mitigated attribute."""
        return 0 if self.mitigation is None else len(self.mitigation.groups.names)

    def for_training(self, config: TrainConfig) -> PreparedSplits:
        """The same for a training with another seed, by which its batches are found again."""
        return replace(self, examples=replace(self.examples, config=config))

    def describe_mitigation(self, trainable: TrainableModel) -> TrainedMitigation | None:
        """What was done for groups in a training that is over; None for nothing."""
        return None if self.mitigation is None else self.mitigation.describe(trainable)


def prepare_splits(context: StageContext, splits: Splits) -> PreparedSplits:
    """Fit the preprocessing and run it over the training and the validation split.

    Raises:
        ConfigError: `train.mitigation` asks for groups or classes that the data lacks.
        DataError: The validation split lacks the groups that the epoch is to be chosen on, or the
            teacher was trained on other rows; or rows that were made are copies.
    """
    config = context.config
    # Refused before anything is computed.
    mitigation = plan_mitigation(splits, config.train)
    ClassBalance.of(splits, config.train)
    teacher = ask_teacher(context, splits)
    generated = add_generated(context, splits)
    balance = ClassBalance.of(splits, config.train, generated)
    learnt = splits.train if generated is None else joined(splits.train, generated)
    preprocess = fit_preprocess(context, splits)
    decode = context.pipeline.decode(config)
    cache = open_cache(config, splits.provenance)

    prepared = partial(
        prepare,
        target=splits.target,
        decode=decode,
        preprocess=preprocess,
        cache_limit_mib=config.data.cache_limit_mib,
        progress=context.progress,
        cache=cache,
    )
    train, val = balance.apply(splits, prepared(learnt), prepared(splits.val))
    if mitigation is not None:
        train, val = mitigation.apply(splits, train, val)
    train = with_row_lengths(train, context.pipeline.padding(config))
    examples = BatchInspector(learnt.ids, train, splits.val.ids, val, config.train)
    class_loss = balance.loss() if isinstance(splits.target, Categories) else None
    plain = PreparedSplits(preprocess, train, val, balance, mitigation, class_loss, examples)
    return plain if teacher is None else _taught(plain, splits.target, config.train, teacher)


def _taught(
    plain: PreparedSplits, target: Target, config: TrainConfig, teacher: Teacher
) -> PreparedSplits:
    """The same with a teacher's scores beside the labels of the training split."""
    train = replace(plain.train, labels=taught_labels(target, plain.train.labels, teacher.scores))
    return replace(
        plain,
        train=train,
        class_loss=taught_loss(target, config, plain.class_loss),
        examples=replace(plain.examples, prepared=train),
        teacher=teacher.record,
    )
