"""The stages of a run: what each reads, makes and depends on."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["STAGES", "Stage", "maker_of", "stage_named"]


@dataclass(frozen=True)
class Stage:
    """One step of a run.

    Attributes:
        name: As used in `--stages`.
        needs: Artefacts it reads, relative to the run directory.
        makes: Artefacts it writes.
        settings: Dotted keys of the configuration that decide its result.
        function: `module:function`, imported when the stage runs, so that `report` never loads
            TensorFlow.
        uses_tensorflow: Whether TensorFlow is started first.
        may_make: Artefacts that it writes for some configurations only.
        may_need: Artefacts that it reads where they were made.
        may_read: Artefacts that a command of its own made, if it was given; no stage does.
    """

    name: str
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    settings: tuple[str, ...]
    function: str
    uses_tensorflow: bool = False
    may_make: tuple[str, ...] = ()
    may_need: tuple[str, ...] = ()
    may_read: tuple[str, ...] = ()


_MODEL = ("preprocess.keras", "model.keras")
_PREDICTIONS = tuple(
    f"predictions/{name}.parquet"
    for name in ("val", "test", "baselines", "perturbations", "behaviours")
)
_DATA = ("data", "train.seed")

STAGES: tuple[Stage, ...] = (
    Stage(
        "resolve",
        (),
        ("config.json", "environment.json"),
        (),
        "shared.stages.environment:resolve_stage",
    ),
    Stage(
        "data",
        (),
        ("data.json", "splits/train.parquet", "splits/val.parquet", "splits/test.parquet"),
        _DATA,
        "shared.loading.record:data_stage",
        uses_tensorflow=True,
    ),
    Stage(
        "train",
        ("data.json",),
        (*_MODEL, "history.csv", "train.json"),
        ("data", "front_end", "model", "train"),
        "shared.training.train:train_stage",
        uses_tensorflow=True,
        may_make=("folds",),
    ),
    Stage(
        "predict",
        ("data.json", *_MODEL),
        (*_PREDICTIONS, "predictions/feature_statistics.parquet"),
        (
            *_DATA,
            *(
                f"evaluate.{name}"
                for name in (
                    "max_perturbation_examples",
                    "max_feature_examples",
                    "behaviour_tests",
                    "class_roles",
                )
            ),
        ),
        "shared.prediction.predict:predict_stage",
        uses_tensorflow=True,
        may_need=("folds",),
    ),
    Stage(
        "calibrate",
        ("data.json", "predictions/val.parquet"),
        ("calibration.json",),
        ("calibrate", "train.seed"),
        "shared.calibration.calibrate:calibrate_stage",
    ),
    Stage(
        "evaluate",
        ("data.json", "calibration.json", *_PREDICTIONS),
        ("metrics.json", "metrics.parquet"),
        ("evaluate", "calibrate", "train.seed"),
        "shared.evaluation.evaluate:evaluate_stage",
    ),
    Stage(
        "fairness",
        (
            *(
                "data.json",
                "calibration.json",
                "splits/train.parquet",
                "splits/val.parquet",
                "splits/test.parquet",
            ),
            *("predictions/val.parquet", "predictions/test.parquet"),
        ),
        ("fairness.json", "fairness.parquet"),
        ("evaluate", "train.seed"),
        "shared.fairness.assess:fairness_stage",
        may_read=("mitigation/decisions.parquet",),
    ),
    Stage(
        "explain",
        ("data.json", *_MODEL),
        ("explanations.json", "explanations", "explanations_timing.json"),
        (*_DATA, "explain", "evaluate.confidence"),
        "shared.explain.explain:explain_stage",
        uses_tensorflow=True,
    ),
    Stage(
        "export",
        ("data.json", "calibration.json", "predictions/feature_statistics.parquet", *_MODEL),
        ("saved_model", "signature.json", "parity.json"),
        _DATA,
        "shared.serving.export:export_stage",
        uses_tensorflow=True,
    ),
    Stage(
        "report",
        (
            *(
                "config.json",
                "environment.json",
                "data.json",
                "history.csv",
                "train.json",
                "calibration.json",
                "metrics.json",
            ),
            *(
                "fairness.json",
                "fairness.parquet",
                "explanations.json",
                "explanations",
                "signature.json",
                "parity.json",
            ),
        ),
        ("report.html",),
        (),
        "shared.reporting.report:report_stage",
    ),
)


def maker_of(artefact: str) -> Stage:
    """The stage that writes `artefact`."""
    return next(stage for stage in STAGES if artefact in (*stage.makes, *stage.may_make))


def stage_named(name: str) -> Stage:
    """The stage called `name`, which exists."""
    return next(stage for stage in STAGES if stage.name == name)
