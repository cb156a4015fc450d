"""Saboteurs: for each check at least one pipeline that breaks what it promises, made from the honest toy by one change.

A check that lets its saboteur pass is a check that can't fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.contract import Pipeline
from tests.contract.case import Case, StageChange
from tests.contract.saboteurs import attributions, configs, pipelines, refusals, stages

__all__ = ["SABOTEURS", "Saboteur"]


@dataclass(frozen=True)
class Saboteur:
    """One broken pipeline.

    Attributes:
        check: The check that must reject it.
        deed: What it does, as an identifier.
        says: Regular expression that the rejection must match, so that it is rejected for its deed
            and not for an accident.
        pipeline: The honest pipeline -> a broken one; None if a stage is broken.
        stages: Stage name -> what is done to it.
        redo: Stages that must run anew because of the deed; None for what `Case.variant` takes.
    """

    check: str
    deed: str
    says: str
    pipeline: Callable[[Pipeline], Pipeline] | None = None
    stages: Mapping[str, StageChange] = field(default_factory=dict)
    redo: tuple[str, ...] | None = None

    def case(self, honest: Case) -> Case:
        """The honest case with the deed done."""
        if self.pipeline is None or self.redo is not None:
            honest.run("report")  # so that what the deed does not touch can be copied
        changed = None if self.pipeline is None else self.pipeline(honest.pipeline)
        return honest.variant(f"{self.check}-{self.deed}", changed, self.stages, self.redo)


def _of_pipeline(
    check: str,
    change: Callable[[Pipeline], Pipeline],
    says: str,
    redo: tuple[str, ...] | None = None,
) -> Saboteur:
    return Saboteur(check, change.__name__, says, pipeline=change, redo=redo)


def _of_stage(check: str, stage: str, change: StageChange, says: str) -> Saboteur:
    return Saboteur(check, change.__name__, says, stages={stage: change})


SABOTEURS: tuple[Saboteur, ...] = (
    _of_pipeline(
        "config",
        configs.accept_unknown_keys,
        "model.no_such_setting=1 is unknown and was accepted",
    ),
    _of_pipeline("config", configs.accept_any_number, "model.num_filters has no bounds"),
    _of_pipeline(
        "config",
        configs.accept_any_number_in_the_second_family,
        "model.num_units has no bounds",
    ),
    _of_pipeline("data", pipelines.put_an_entity_in_two_parts, "entities in both train and test"),
    _of_pipeline("data", pipelines.draw_unseeded, "the same seed gave other"),
    _of_pipeline("no_leak", pipelines.fit_on_all_splits, "was fitted on something else"),
    _of_stage("no_leak", "train", stages.choose_on_test, "training opened the test part"),
    _of_pipeline(
        "rows_independent",
        pipelines.standardise_by_batch,
        "when it is alone in its batch",
    ),
    _of_pipeline(
        "rows_independent",
        pipelines.decode_by_batch,
        "a decoded row depends on its batch",
    ),
    _of_pipeline(
        "shapes",
        pipelines.score_with_an_extra_axis,
        r"scores must be \(1, 3\), received \(1, 3, 1\)",
    ),
    _of_pipeline("shapes", pipelines.call_a_row_ood, "is foreign and must replace the row"),
    _of_pipeline("shapes", pipelines.score_in_half_precision, "scores must be float32"),
    _of_pipeline(
        "shapes",
        pipelines.show_off_against_an_untrained_baseline,
        "'straw_man' has weights of its own, which nothing fits",
    ),
    _of_pipeline("learns", pipelines.add_a_dead_layer, "trainable variables without a gradient"),
    _of_pipeline("learns", pipelines.ignore_the_input, "fell only from"),
    _of_pipeline(
        "saves",
        pipelines.forget_a_setting,
        "model loaded from its own file gives results that differ",
    ),
    _of_pipeline(
        "saves",
        pipelines.forget_what_was_fitted,
        "preprocess loaded from its own file gives results that differ",
    ),
    _of_pipeline("distributes", pipelines.normalise_by_replica, "val_loss is .* on 2 replicas"),
    _of_stage(
        "distributes",
        "train",
        stages.clip_each_share,
        "on 2 replicas|weights of 1 replica and of 2 replicas differ",
    ),
    _of_stage("distributes", "train", stages.count_replicas, "val_loss is .* on 2 replicas"),
    _of_stage("distributes", "train", stages.share_nothing, "worker 0 of 2"),
    _of_pipeline(
        "caches", pipelines.standardise_by_batch, "is not the same from the source as from memory"
    ),
    _of_pipeline(
        "metrics",
        pipelines.call_errors_accuracy,
        "perfect scores give accuracy = 0",
        redo=("evaluate",),
    ),
    _of_stage(
        "metrics",
        "evaluate",
        stages.judge_ood_answers,
        "judges answers to out-of-distribution inputs",
    ),
    _of_stage(
        "metrics", "predict", stages.notice_nothing, "out-of-distribution inputs pass unnoticed"
    ),
    _of_stage(
        "metrics",
        "evaluate",
        stages.flatter,
        "accuracy is .* in metrics.json, the predictions give",
    ),
    _of_pipeline(
        "behaviours",
        pipelines.ask_something_else_each_time,
        "other rows when asked again",
        redo=("predict",),
    ),
    _of_pipeline(
        "behaviours",
        pipelines.ask_of_another_shape,
        "'signal' is float32 .*, decode gives",
        redo=(),
    ),
    _of_stage(
        "behaviours",
        "evaluate",
        stages.forget_who_is_mentioned,
        r"metrics.json has the groups \[.*'strong'\)\]",
    ),
    _of_stage(
        "behaviours", "evaluate", stages.forget_failures, "of the rows fail, metrics.json says"
    ),
    _of_stage("fairness", "fairness", stages.forget_a_group, "the table counts"),
    _of_stage("fairness", "fairness", stages.count_twice, "the table counts"),
    _of_pipeline(
        "explain",
        pipelines.mask_nothing,
        "removes every segment must change the row",
        redo=("explain",),
    ),
    _of_stage("explain", "explain", stages.swap_values, "removing the most important half leaves"),
    _of_stage(
        "export", "export", stages.export_without_preprocessing, "differs from what Keras says"
    ),
    _of_stage("export", "export", attributions.explain_another_class, "not about what is decided"),
    _of_stage("export", "export", attributions.lose_half_in_silence, "do not add up"),
    _of_stage("export", "export", stages.augment_when_served, "draws random numbers"),
    _of_pipeline(
        "refuses",
        refusals.name_nothing_unusable,
        "it names no item that the graph must refuse",
        redo=(),
    ),
    _of_pipeline(
        "refuses",
        refusals.answer_with_gaps_filled,
        "it is answered instead of refused",
        redo=("export",),
    ),
    _of_pipeline(
        "refuses",
        refusals.refuse_the_whole_batch,
        "'error' of its neighbours|of other rows changes with it",
        redo=("export",),
    ),
    _of_stage("refuses", "export", refusals.let_refused_answers_through, "looks like an answer"),
    _of_stage(
        "stages",
        "evaluate",
        stages.write_the_time,
        "stage evaluate, run again alone, changed metrics.parquet",
    ),
    _of_stage("report", "report", stages.unescape, "was not escaped"),
    _of_stage("report", "report", stages.load_from_network, "loads from outside"),
    _of_stage("report", "report", stages.run_a_script, "does not name"),
    _of_stage("report", "report", stages.hide_intervals, "without its interval"),
)
"""In the order of the checks."""
