"""What each stage costs, by domain: measured figures, all in this file.

Two sizes were run, and a straight line laid through them:

    python -m pipelines run NAME --data SOURCE --set train.epochs=1

Text: 10,000 and 100,000 reviews, default preset; series: 50 and 500 of 2,000 hours; images: 8,011
JPEG, preset ham10000; recordings: 3,000 of one second. Processor seconds and the peak memory of the
process, on two shared cores. Evaluation and fairness: `python -m benchmarks.scale`; a run beside
its estimate: `python -m benchmarks.scale.measured_run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["DOMAINS", "Domain", "StageCost"]


@dataclass(frozen=True)
class StageCost:
    """A straight line in the number of rows.

    Attributes:
        name: Of the stage.
        seconds: Of one core, whatever the rows.
        seconds_per_million: Of one core, for a million rows; of training, for each epoch.
        mib: Peak memory of the process, whatever the rows.
        mib_per_million: What a million rows add.
        on_all_cores: Whether it divides its work among cores.
    """

    name: str
    seconds: float
    seconds_per_million: float
    mib: float
    mib_per_million: float
    on_all_cores: bool = False


@dataclass(frozen=True)
class Domain:
    """The stages of one pipeline.

    Attributes:
        unit: What is counted, plural.
        kind: What one of them is: a row of a table, a file, or a step of a series.
        prepared_kib: Of one prepared example on disk.
        stages: In their order.
        way_out: The settings that need less memory.
    """

    unit: str
    kind: str
    prepared_kib: float
    stages: tuple[StageCost, ...]
    way_out: str


def _after(explain: float, export: float, report: float) -> tuple[StageCost, ...]:
    """Stages that cost the same whatever the rows: seconds of `make demo`, one thread each."""
    seconds = {"explain": explain, "export": export, "report": report}
    return tuple(StageCost(name, one, 0.0, 1200.0, 0.0) for name, one in seconds.items())


DOMAINS: Mapping[str, Domain] = {
    "sentiment": Domain(
        unit="texts",
        kind="row",
        prepared_kib=3.4,
        stages=(
            StageCost("data", 8.0, 180.0, 780.0, 1_900.0),
            StageCost("train", 10.0, 1_490.0, 920.0, 8_200.0, on_all_cores=True),
            StageCost("predict", 14.0, 210.0, 920.0, 7_700.0, on_all_cores=True),
            StageCost("calibrate", 0.5, 5.0, 920.0, 7_600.0),
            StageCost("evaluate", 3.0, 40.0, 920.0, 8_800.0),
            StageCost("fairness", 20.0, 60.0, 920.0, 8_800.0, on_all_cores=True),
            *_after(17.0, 14.0, 4.0),
        ),
        way_out="a sample of the rows as --data, or one machine with more memory",
    ),
    "time_series": Domain(
        unit="windows",
        kind="step",
        prepared_kib=1.0,
        stages=(
            StageCost("data", 0.5, 21.0, 280.0, 1_000.0),  # TensorFlow starts in training
            StageCost("train", 16.0, 152.0, 1_250.0, 2_200.0, on_all_cores=True),
            StageCost("predict", 6.0, 29.0, 950.0, 2_850.0, on_all_cores=True),
            StageCost("calibrate", 0.5, 5.0, 950.0, 2_500.0),
            StageCost("evaluate", 2.0, 61.0, 950.0, 3_800.0),
            StageCost("fairness", 2.0, 27.0, 950.0, 2_750.0, on_all_cores=True),
            *_after(3.6, 7.5, 3.0),
        ),
        way_out=(
            "--set data.train_stride_steps=24 --set data.evaluation_stride_steps=24, which start a"
            " window each day instead of each hour"
        ),
    ),
    "medical_imaging": Domain(
        unit="images",
        kind="file",
        prepared_kib=36.0,
        stages=(
            StageCost("data", 4.0, 5_800.0, 850.0, 8_400.0, on_all_cores=True),
            StageCost("train", 12.0, 2_400.0, 1_300.0, 8_400.0, on_all_cores=True),
            StageCost("predict", 20.0, 1_700.0, 1_400.0, 10_000.0, on_all_cores=True),
            StageCost("calibrate", 0.5, 5.0, 1_400.0, 8_400.0),
            StageCost("evaluate", 2.5, 60.0, 1_400.0, 8_800.0),
            StageCost("fairness", 4.0, 100.0, 1_400.0, 8_800.0, on_all_cores=True),
            *_after(35.0, 19.0, 3.0),
        ),
        way_out="a sample of the images as --data, or one machine with more memory",
    ),
    "speech": Domain(
        unit="recordings",
        kind="file",
        prepared_kib=16.0,
        stages=(
            StageCost("data", 4.5, 2_200.0, 780.0, 8_400.0),
            StageCost("train", 12.0, 4_300.0, 1_150.0, 8_400.0, on_all_cores=True),
            StageCost("predict", 25.0, 3_300.0, 1_200.0, 10_000.0, on_all_cores=True),
            StageCost("calibrate", 0.5, 5.0, 1_200.0, 8_400.0),
            StageCost("evaluate", 2.5, 60.0, 1_200.0, 8_800.0),
            StageCost("fairness", 3.0, 100.0, 1_200.0, 8_800.0, on_all_cores=True),
            *_after(46.0, 24.0, 4.5),
        ),
        way_out="a sample of the recordings as --data, or one machine with more memory",
    ),
}
"""Pipelines of other tables have other networks, and no figures."""
