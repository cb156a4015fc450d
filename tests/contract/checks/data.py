"""Checks `data` and `no_leak`: the data, and what must not leak from one split into another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from shared.contract import Examples, Splits
from shared.errors import DataError
from shared.loading.batches.preparation import as_tensors
from shared.run.directory import RunDirectory
from shared.targets import Categories
from tests.contract.case import Case
from tests.contract.comparing import equal_arrays, equal_rows

__all__ = ["check_data", "check_no_leak"]

_SCORED_ONCE = ("evaluate.behaviour_tests=false", "evaluate.max_perturbation_examples=20")
"""What a second scoring leaves out: nothing is compared with it."""


def check_data(case: Case) -> None:
    """Same seed, same data; ids and entities disjoint; forecasts ordered in time; NaN only in gaps.

    Labels in range; groups complete.
    """
    splits = case.splits
    _check_seeds(case, splits)
    for name, part in splits.by_split().items():
        assert len(part) > 0, f"{name} is empty"
        _check_lazy_rows(name, part)
        _check_groups(name, part)
        _check_ground_truth(name, part)
    _check_disjoint(splits)
    _check_targets(splits)
    _check_provenance(splits)
    _check_missing_source(case)


def _check_seeds(case: Case, splits: Splits) -> None:
    seed = case.config.train.seed
    again, other = case.synthesize(seed), case.synthesize(seed + 1)
    for name, part in splits.by_split().items():
        first = np.arange(min(8, len(part)), dtype=np.int64)
        assert part.fingerprint() == again.by_split()[name].fingerprint(), (
            f"{name}: the same seed gave other ids, entities, targets or groups"
        )
        assert equal_rows(part.rows(first), again.by_split()[name].rows(first)), (
            f"{name}: the same seed gave other features"
        )
    assert splits.provenance.checksum == again.provenance.checksum, (
        "the same seed gave another checksum"
    )
    assert splits.provenance.checksum != other.provenance.checksum, (
        "another seed gave the same checksum"
    )
    assert splits.train.fingerprint() != other.train.fingerprint(), (
        "another seed gave the same training split"
    )


def _check_provenance(splits: Splits) -> None:
    assert splits.provenance.synthetic, "synthesised data must say that it is synthetic"
    assert splits.provenance.licence, "the licence must be stated"
    columns = [tuple(part.groups.columns) for part in splits.by_split().values()]
    assert len(set(columns)) == 1, (
        f"the parts must have the same group attributes, received {columns}"
    )
    strange = set(splits.provenance.conditions) - set(columns[0])
    assert not strange, f"the conditions {sorted(strange)} are no group attributes"


def check_no_leak(case: Case) -> None:
    """Preprocessing knows nothing but the training split.

    Training never opens the test part (`Case` closes it), and its targets change nothing but what
    they are compared with.
    """
    _check_what_is_fitted(case)
    honest = case.run("predict")
    other = replace(case.pipeline, synthesize=_with_other_test_targets(case.pipeline.synthesize))
    altered = case.variant("other-test-targets", other, redo=())
    altered.settings = (*case.settings, *_SCORED_ONCE)
    rescored = altered.run("predict")
    altered.call_stage("predict", rescored)
    for part, is_test in (("val", False), ("test", True)):
        _check_predictions(part, honest, rescored, has_other_targets=is_test)


def _check_what_is_fitted(case: Case) -> None:
    size = case.config.data.num_demo_examples
    data = case.config.data.model_copy(update={"num_demo_examples": size + size // 2})
    larger = case.config.model_copy(update={"data": data})
    rows = as_tensors(case.rows(8))
    expected = _as_arrays(case.preprocess(rows, training=False))
    # Another source is named and was loaded last; whoever fits on anything but the examples given
    # shows it.
    case.pipeline.synthesize(larger, larger.data.num_demo_examples, larger.train.seed + 1)
    refitted = case.pipeline.preprocess(larger, case.splits.train)
    assert equal_rows(expected, _as_arrays(refitted(rows, training=False))), (
        "preprocess gave another result for the same training split: it was fitted on something else"
    )


def _check_predictions(
    part: str, honest: RunDirectory, altered: RunDirectory, *, has_other_targets: bool
) -> None:
    first, second = (
        pd.read_parquet(run / f"predictions/{part}.parquet") for run in (honest, altered)
    )
    assert equal_arrays(np.stack(list(first["scores"])), np.stack(list(second["scores"]))), (
        f"test targets changed the scores of {part}"
    )
    same = equal_arrays(np.stack(list(first["target"])), np.stack(list(second["target"])))
    assert same is not has_other_targets, (
        f"altering the test targets must change those of test and no others; {part} is wrong"
    )


def _as_arrays(tensors: Any) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(tensor) for name, tensor in tensors.items()}


def _check_lazy_rows(name: str, part: Examples) -> None:
    chosen = np.array([min(2, len(part) - 1), 0], dtype=np.int64)
    together = part.rows(chosen)
    for position, index in enumerate(chosen):
        alone = part.rows(np.array([index], dtype=np.int64))
        assert {key: values.shape[0] for key, values in alone.items()} == dict.fromkeys(
            together, 1
        ), f"{name}: one index must give one row"
        assert equal_rows(
            alone, {key: values[position : position + 1] for key, values in together.items()}
        ), f"{name}: rows(indices) must give the rows asked for, in that order"
    for key, values in together.items():
        if values.dtype.kind == "f":
            # What a series did not observe is NaN on the wire; `shapes` sees to it that no prepared
            # tensor is.
            allowed = np.isfinite(values) | (
                np.isnan(values) if part.forecast is not None else False
            )
            assert allowed.all(), f"{name}: feature {key!r} holds NaN or infinity"


def _check_groups(name: str, part: Examples) -> None:
    assert len(part.groups.columns) >= 1, f"{name}: at least one group attribute is needed"
    for attribute in part.groups.columns:
        values = part.groups[attribute]
        assert values.notna().all(), (
            f"{name}: the group attribute {attribute!r} has gaps; write 'unknown'"
        )
        assert all(isinstance(value, str) and value for value in values), (
            f"{name}: values of {attribute!r} must be non-empty text"
        )
    sizes = {str(attribute): part.groups[attribute].nunique() for attribute in part.groups.columns}
    assert max(sizes.values()) >= 2, f"{name}: no attribute has two groups, received {sizes}"


def _check_ground_truth(name: str, part: Examples) -> None:
    assert part.ground_truth is not None, (
        f"{name}: known-answer data must say where the answer lies (evidence)"
    )
    found = np.asarray(part.ground_truth(0))
    assert found.min() >= 0.0, f"{name}: evidence must lie in [0, 1], received {found.min()}"
    assert 0.0 < found.max() <= 1.0, (
        f"{name}: evidence must mark something and lie in [0, 1], received at most {found.max()}"
    )


def _check_disjoint(splits: Splits) -> None:
    parts = splits.by_split()
    all_ids = np.concatenate([part.ids for part in parts.values()])
    assert len(np.unique(all_ids)) == len(all_ids), "ids must be unique over all parts"
    for first, second in (("train", "val"), ("train", "test"), ("val", "test")):
        both = set(parts[first].entities.tolist()) & set(parts[second].entities.tolist())
        assert not both, f"entities in both {first} and {second}: {sorted(both)[:3]}"


def _check_targets(splits: Splits) -> None:
    if isinstance(splits.target, Categories):
        _check_classes(splits, len(splits.target.names))
        return
    length = np.timedelta64((splits.target.steps - 1) * splits.target.step_seconds, "s")
    ends: list[np.datetime64] = []
    for name, part in splits.by_split().items():
        assert part.targets.shape[1:] == splits.target.shape[:2], (
            f"{name}: targets must be (n, steps, channels), received {part.targets.shape}"
        )
        assert np.isfinite(part.targets).any(axis=(1, 2)).all(), (
            f"{name}: an example has no observed target"
        )
        assert part.forecast is not None, f"{name}: forecasts need their context"
        for scale in ("scale", "naive_error", "naive_squared_error"):
            assert (getattr(part.forecast, scale) > 0).all(), f"{name}: {scale} must be positive"
        assert not ends or ends[-1] < part.forecast.starts.min(), (
            f"{name} begins before the part before it ends"
        )
        ends.append(part.forecast.starts.max() + length)


def _check_classes(splits: Splits, num_classes: int) -> None:
    for name, part in splits.by_split().items():
        assert part.targets.dtype.kind == "i", (
            f"{name}: class indices must be integers, received {part.targets.dtype}"
        )
        assert part.targets.min() >= 0, f"{name}: a label is negative"
        assert part.targets.max() < num_classes, (
            f"{name}: a label exceeds the {num_classes} classes"
        )
    assert len(np.unique(splits.train.targets)) == num_classes, (
        "every class must occur in the training split"
    )


def _check_missing_source(case: Case) -> None:
    nowhere = str(case.folder / "no-such-place.csv")
    config = case.config.model_copy(
        update={"data": case.config.data.model_copy(update={"source": nowhere})}
    )
    try:
        case.pipeline.load(config)
    except DataError as error:
        assert "no-such-place" in str(error), (
            f"the message about a missing source must name it, received: {error}"
        )
    else:
        raise AssertionError("loading from a place that does not exist must raise DataError")


def _with_other_test_targets(synthesize: Any) -> Any:
    def altered(config: Any, n: int, seed: int) -> Splits:
        splits: Splits = synthesize(config, n, seed)
        targets = splits.test.targets
        if isinstance(splits.target, Categories):
            present = np.unique(splits.train.targets)
            targets = present[(np.searchsorted(present, targets) + 1) % len(present)]
        else:
            targets = targets + np.float32(1.0)
        return replace(
            splits, test=replace(splits.test, targets=targets.astype(splits.test.targets.dtype))
        )

    return altered
