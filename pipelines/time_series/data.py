"""Where training windows come from: the user's tables, or the bundled loads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.site_loads import (
    COVARIATES,
    GENERATOR_VERSION,
    SiteLoads,
    SiteLoadSettings,
    cause_mask,
    generate_site_loads,
)
from pipelines.time_series.config import TimeSeriesConfig, TimeSeriesDataConfig
from pipelines.time_series.reading.calendar_features import calendar_names
from pipelines.time_series.reading.frequency import Frequency
from pipelines.time_series.reading.public import adopt_settings
from pipelines.time_series.reading.series import Series, SeriesFile, Statics
from pipelines.time_series.reading.series_statistics import fit_statistics
from pipelines.time_series.reading.series_table import read_series, series_of_table
from pipelines.time_series.reading.windows.assignment import Assignment, assign_series
from pipelines.time_series.reading.windows.covariate_leaks import (
    find_leaking_covariates,
    refuse_leaking_covariates,
)
from pipelines.time_series.reading.windows.examples import Causes, ExampleMaker
from pipelines.time_series.reading.windows.index import WindowIndex, stack_series
from pipelines.time_series.reading.windows.notes import describe_reading
from pipelines.time_series.reading.windows.partition import Partition, cut_time
from pipelines.time_series.reading.windows.rules import ChosenWindows, choose_windows, describe_rule
from shared.contract import Provenance, Splits
from shared.contract.series_facts import ForecastFacts, describe_gaps
from shared.loading.public.catalogue import is_public
from shared.loading.public.opening import open_public
from shared.loading.splits.quarantine import enforce_quarantine
from shared.run.fingerprints import fingerprint_path
from shared.targets import Horizon

__all__ = ["load", "read_source", "synthesize"]

_DEMO_SITES = 24
_DEMO_DAYS = 730
_HOURLY = Frequency(alias="h", step_seconds=3600)


def load(config: TimeSeriesConfig) -> Splits:
    """Read the user's table or a public dataset (`data.source`) and cut it into windows.

    Raises:
        DataError: The table can't be read as configured, too many series are unusable, or there is
            too little of them.
    """
    config, file, described = read_source(config)
    data = config.data
    path = Path(data.source)
    leaks = find_leaking_covariates(file.series, data)
    refuse_leaking_covariates(leaks, data, str(path))
    problems = list(file.problems.values())
    set_aside = partial(
        enforce_quarantine,
        num_inputs=len(file.series) + len(problems),
        max_share=data.max_quarantine_share,
    )
    set_aside(problems)
    season_steps = file.frequency.season_steps(data.season_steps, data.lookback)
    partition = cut_time(file.series, data, str(path))
    assigned = assign_series(file.series, partition, data, season_steps, config.train.seed)
    quarantine = set_aside([*problems, *assigned.problems])
    windows = _choose_windows(assigned, partition, data)
    maker = _make_maker(assigned, file.frequency, season_steps, data)
    index = {name: chosen.index for name, chosen in windows.items()}
    notes = describe_reading(partition, file, data)
    provenance = replace(
        described,
        notes=(*described.notes, *notes),
        checksum=_checksum(described.checksum, data),
    )
    splits = _make_splits(maker, index, partition, config, provenance, data.unit)
    facts = _facts(assigned.series, windows, data)
    facts = replace(facts, leaks=leaks)
    return replace(splits, quarantine=quarantine, forecast_facts=facts, reading=file.reading)


def read_source(
    config: TimeSeriesConfig,
) -> tuple[TimeSeriesConfig, SeriesFile, Provenance]:
    """The settings with which the source is read, its series, and where they come from."""
    path = Path(config.data.source)
    if not is_public(config.data.source):
        return config, read_series(path, config.data), _describe(path, config.data)
    dataset = open_public(config.data, "series")
    data = adopt_settings(config.data, dataset)
    file = series_of_table(dataset.table, path, data)
    # A file to score is the user's, not laid out as the dataset is.
    file = replace(file, reading={})
    return config.model_copy(update={"data": data}), file, dataset.provenance


def _choose_windows(
    assigned: Assignment, partition: Partition, data: TimeSeriesDataConfig
) -> dict[str, ChosenWindows]:
    chosen = {}
    for name, split in partition.splits.items():
        is_train = name == "train"
        stride = data.train_stride_steps if is_train else data.evaluation_stride_steps
        owners = assigned.owners[name]
        chosen[name] = choose_windows(name, split, assigned.series, data, stride, owners)
    return chosen


def synthesize(config: TimeSeriesConfig, num_examples: int, seed: int) -> Splits:
    """Generate hourly site loads and draw `num_examples` windows from them.

    Validation and test have the configured shares of them.
    """
    data = config.data
    # Room for a few windows in each split, however long they are, and for distinct ones, however
    # many.
    num_days = max(_DEMO_DAYS, (data.lookback + data.horizon_steps) // 3, num_examples // 60)
    settings = SiteLoadSettings(
        num_sites=_DEMO_SITES,
        num_days=num_days,
        bias=data.demo_group_bias,
        missing_share=data.demo_missing_share,
    )
    series = _as_series(generate_site_loads(settings, seed), data)
    partition = cut_time(series, data.model_copy(update={"split_steps": None}), "demo")
    num_val = round(num_examples * data.validation_share)
    num_test = round(num_examples * data.test_share)
    counts = {"train": num_examples - num_val - num_test, "val": num_val, "test": num_test}
    season_steps = _HOURLY.season_steps(data.season_steps, data.lookback)
    assigned = assign_series(series, partition, data, season_steps, seed)
    windows = {}
    for stream, (name, split) in enumerate(partition.splits.items()):
        found = choose_windows(name, split, assigned.series, data, 1, assigned.owners[name])
        generator = np.random.default_rng([seed, 10, stream])
        windows[name] = _draw(found.index, counts[name], generator)
    maker = _make_maker(assigned, _HOURLY, season_steps, data, _causes(data))
    provenance = _describe_demo(settings, seed)
    splits = _make_splits(maker, windows, partition, config, provenance, "kW")
    return replace(splits, forecast_facts=_facts(assigned.series, {}, data))


def _make_maker(
    assigned: Assignment,
    frequency: Frequency,
    season_steps: int,
    data: TimeSeriesDataConfig,
    causes: Causes | None = None,
) -> ExampleMaker:
    return ExampleMaker(
        series=assigned.series,
        store=stack_series(assigned.series, data),
        statistics=fit_statistics(assigned.series, assigned.spans, season_steps),
        frequency=frequency,
        season_steps=season_steps,
        entity="time" if data.split == "temporal" else "series",
        causes=causes,
    )


def _make_splits(
    maker: ExampleMaker,
    windows: Mapping[str, WindowIndex],
    partition: Partition,
    config: TimeSeriesConfig,
    provenance: Provenance,
    unit: str,
) -> Splits:
    target = Horizon(
        steps=config.data.horizon_steps,
        channels=("value",),
        unit=unit,
        quantiles=config.model.quantiles,
        step_seconds=maker.frequency.step_seconds,
        season_steps=maker.season_steps,
        non_negative=("value",) if config.data.non_negative else (),
    )
    splits = {name: maker.make(index, partition.splits[name]) for name, index in windows.items()}
    # Series are not people: every way of grouping them is about conditions.
    provenance = replace(provenance, conditions=tuple(map(str, splits["train"].groups.columns)))
    return Splits(
        splits["train"],
        splits["val"],
        splits["test"],
        target,
        provenance,
        columns=_columns(config.data),
    )


def _columns(data: TimeSeriesDataConfig) -> dict[str, tuple[str, ...]]:
    """What stands in which column of the wire arrays."""
    columns = {
        "window": ("value", *data.past, *data.known),
        "future": (*data.known, *calendar_names(data.cycles)),
        "static": data.static_numbers,
        "category": data.static_texts,
    }
    return {name: names for name, names in columns.items() if names}


def _facts(
    series: tuple[Series, ...], windows: Mapping[str, ChosenWindows], data: TimeSeriesDataConfig
) -> ForecastFacts:
    found = tuple(item.facts for item in series if item.facts is not None)
    return ForecastFacts(
        found,
        tuple(chosen.counts for chosen in windows.values()),
        describe_rule(data),
        by_series=data.split == "last_steps",
    )


def _checksum(of_table: str, data: TimeSeriesDataConfig) -> str:
    """Of the table of values, and of that of static covariates if there is one."""
    if data.static_table is None:
        return of_table
    return hashlib.sha256(
        (of_table + fingerprint_path(Path(data.static_table))).encode()
    ).hexdigest()


def _describe(path: Path, data: TimeSeriesDataConfig) -> Provenance:
    return Provenance(
        name=data.dataset_name or path.name,
        source=str(path),
        version=data.dataset_version,
        licence=data.licence,
        citation=data.citation,
        checksum=fingerprint_path(path),
        synthetic=False,
    )


def _describe_demo(settings: SiteLoadSettings, seed: int) -> Provenance:
    return Provenance(
        name="Site loads (synthetic)",
        source="demo",
        version=GENERATOR_VERSION,
        licence="Apache-2.0",
        citation="",
        checksum=settings.fingerprint(seed),
        synthetic=True,
        notes=("Temperature, holidays and shutdowns ahead are given without forecast error.",),
    )


def _as_series(loads: SiteLoads, data: TimeSeriesDataConfig) -> tuple[Series, ...]:
    no_past = np.empty((len(loads.stamps), 0))
    numbers = np.zeros(len(data.static_numbers))
    statics = Statics(numbers, ("",) * len(data.static_texts))
    series = []
    for site, name in enumerate(loads.names):
        values = loads.loads_kw[:, site].astype(np.float64)
        of_site = Series(
            name=name,
            stamps=loads.stamps,
            values=values,
            past=no_past,
            known=loads.covariates[:, site].astype(np.float64),
            statics=statics,
            attributes={"size": loads.sizes[site]},
            facts=describe_gaps(name, loads.stamps, values),
        )
        series.append(of_site)
    return tuple(series)


def _draw(index: WindowIndex, count: int, generator: np.random.Generator) -> WindowIndex:
    """`count` different windows, in their order."""
    drawn = generator.choice(len(index), size=min(count, len(index)), replace=False)
    return index.take(np.sort(drawn))


def _causes(data: TimeSeriesDataConfig) -> Causes:
    def causes(window: NDArray[np.float64], future: NDArray[np.float64]) -> NDArray[np.float32]:
        return cause_mask(
            window[:, 0],
            window[:, 1:],
            future[:, : len(COVARIATES)],
            len(calendar_names(data.cycles)),
        )

    return causes
