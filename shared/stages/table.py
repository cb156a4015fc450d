"""The stages of a run: what each reads, makes and depends on."""

from __future__ import annotations

from dataclasses import dataclass

from shared.run import files

__all__ = ["STAGES", "Stage", "stage_named"]


@dataclass(frozen=True)
class Stage:
    """One step of a run.

    Attributes:
        name: As used in `--stages`.
        needs: Artefacts it reads, relative to the run directory.
        settings: Dotted keys of the configuration that decide its result; families of networks may
            lack one.
        function: `module:function`, imported when the stage runs, so that `report` never loads
            TensorFlow.
        uses_tensorflow: Whether TensorFlow is started first.
        may_make: Artefacts that it writes for some configurations only.
        may_need: Artefacts that it reads where they were made.
        may_read: Artefacts that a command of its own made, if it was given; no stage does.
    """

    name: str
    needs: tuple[str, ...]
    settings: tuple[str, ...]
    function: str
    uses_tensorflow: bool = False
    may_make: tuple[str, ...] = ()
    may_need: tuple[str, ...] = ()
    may_read: tuple[str, ...] = ()

    @property
    def makes(self) -> tuple[str, ...]:
        """Artefacts it writes for every configuration."""
        return files.MADE_BY[self.name]


_MODEL = (files.PREPROCESS, files.MODEL)
_PREDICTIONS = (
    files.VAL_PREDICTIONS,
    files.TEST_PREDICTIONS,
    files.BASELINES,
    files.NETWORK_PREDICTIONS,
    files.PERTURBATIONS,
    files.BEHAVIOURS,
)
_DATA = ("data", "train.seed", "train.label_fraction")

STAGES: tuple[Stage, ...] = (
    Stage(
        "resolve",
        needs=(),
        settings=(),
        function="shared.stages.environment:resolve_stage",
    ),
    Stage(
        "data",
        needs=(),
        settings=(*_DATA, "model.encoder"),
        function="shared.loading.record:data_stage",
    ),
    Stage(
        "train",
        needs=(files.DATA,),
        settings=("data", "front_end", "model", "train"),
        function="shared.training.train:train_stage",
        uses_tensorflow=True,
        may_make=(files.FOLDS, files.SYNTHETIC, files.SYNTHETIC_FOLDER),
    ),
    Stage(
        "predict",
        needs=(files.DATA, *_MODEL, files.NETWORK, files.BLEND),
        settings=(
            *_DATA,
            "evaluate.max_perturbation_examples",
            "evaluate.max_feature_examples",
            "evaluate.behaviour_tests",
            "evaluate.class_roles",
        ),
        function="shared.prediction.predict:predict_stage",
        uses_tensorflow=True,
        may_need=(files.FOLDS,),
    ),
    Stage(
        "calibrate",
        needs=(files.DATA, files.VAL_PREDICTIONS),
        settings=("calibrate", "train.seed"),
        function="shared.calibration.calibrate:calibrate_stage",
    ),
    Stage(
        "evaluate",
        needs=(files.DATA, files.BLEND, files.CALIBRATION, *_PREDICTIONS),
        settings=("evaluate", "calibrate", "train.seed"),
        function="shared.evaluation.evaluate:evaluate_stage",
    ),
    Stage(
        "fairness",
        needs=(
            *files.MADE_BY["data"],
            files.CALIBRATION,
            files.VAL_PREDICTIONS,
            files.TEST_PREDICTIONS,
        ),
        settings=("evaluate", "train.seed"),
        function="shared.fairness.stage:fairness_stage",
        may_read=("mitigation/decisions.parquet",),
    ),
    Stage(
        "explain",
        needs=(files.DATA, files.CALIBRATION, files.TEST_PREDICTIONS, *_MODEL),
        settings=(*_DATA, "explain", "evaluate.confidence", "evaluate.resamples"),
        function="shared.explain.explain:explain_stage",
        uses_tensorflow=True,
    ),
    Stage(
        "export",
        needs=(files.DATA, files.CALIBRATION, files.FEATURE_STATISTICS, *_MODEL),
        settings=(*_DATA, "export"),
        function="shared.serving.export:export_stage",
        uses_tensorflow=True,
    ),
    Stage(
        "report",
        needs=(
            files.CONFIG,
            files.ENVIRONMENT,
            files.DATA,
            files.TEST_SPLIT,
            files.TEST_PREDICTIONS,
            files.HISTORY,
            files.TRAIN,
            files.BLEND,
            files.CALIBRATION,
            files.METRICS,
            files.FAIRNESS,
            files.FAIRNESS_TABLE,
            files.EXPLANATIONS,
            files.EXPLANATIONS_FOLDER,
            files.GALLERY,
            files.GALLERY_FOLDER,
            files.SIGNATURE,
            files.PARITY,
        ),
        settings=(),
        function="shared.reporting.report:report_stage",
        may_need=(files.SYNTHETIC, files.SYNTHETIC_FOLDER),
    ),
)


def stage_named(name: str) -> Stage:
    """The stage called `name`, which exists."""
    return next(stage for stage in STAGES if stage.name == name)
