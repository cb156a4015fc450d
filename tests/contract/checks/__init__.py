"""The contract: every check that every pipeline must pass, by name, in the order of `pipelines/README.md`."""

from __future__ import annotations

from collections.abc import Callable

from tests.contract.case import Case
from tests.contract.checks.artefacts import check_export, check_stages
from tests.contract.checks.behaviours import check_behaviours
from tests.contract.checks.config import check_config
from tests.contract.checks.data import check_data, check_no_leak
from tests.contract.checks.distributing import check_distributes
from tests.contract.checks.explain import check_explain
from tests.contract.checks.independence import check_rows_independent
from tests.contract.checks.learning import check_learns, check_saves
from tests.contract.checks.loading import check_caches
from tests.contract.checks.refusals import check_refuses
from tests.contract.checks.report import check_report
from tests.contract.checks.results import check_fairness, check_metrics
from tests.contract.checks.shapes import check_shapes

__all__ = ["CHECKS"]

CHECKS: dict[str, Callable[[Case], None]] = {
    "config": check_config,
    "data": check_data,
    "no_leak": check_no_leak,
    "rows_independent": check_rows_independent,
    "shapes": check_shapes,
    "learns": check_learns,
    "saves": check_saves,
    "distributes": check_distributes,
    "caches": check_caches,
    "metrics": check_metrics,
    "behaviours": check_behaviours,
    "fairness": check_fairness,
    "explain": check_explain,
    "export": check_export,
    "refuses": check_refuses,
    "stages": check_stages,
    "report": check_report,
}
"""Each takes a case, returns nothing, and raises AssertionError with words."""
