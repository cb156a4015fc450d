"""Can a run's explanations be trusted? One rule from stated thresholds; the worst part decides.

Each part is a number of which more is better, with its interval. The part says

- trust, if the whole interval lies at or above what trust takes;
- do not use, if the whole interval lies below what any use takes;
- use with care, otherwise, and where there is no interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.run.artefacts.explanations.checks import Contest, MethodChecks, RandomisedPart
from shared.run.artefacts.explanations.record import Explanations
from shared.statistics.intervals import Interval

__all__ = ["ADDITIVITY_LIMIT", "ExplanationTrust", "TrustPart", "TrustStatus", "judge_explanations"]

TrustStatus = Literal["trust", "use with care", "do not use"]

_RANK: dict[TrustStatus, int] = {"trust": 0, "use with care": 1, "do not use": 2}
_ALL: RandomisedPart = "all that was fitted"
ADDITIVITY_LIMIT = 0.01
"""Largest relative error of the sum at which values are read as shares of it. Beyond, only their
order is."""


@dataclass(frozen=True)
class _Bounds:
    """Of a number of which more is better.

    Attributes:
        trusted: From which it is trusted.
        usable: Below which explanations are of no use.
    """

    trusted: float
    usable: float = -math.inf

    def judge(self, interval: Interval | None) -> TrustStatus:
        """What an interval says."""
        if interval is None:
            return "use with care"
        if interval.low >= self.trusted:
            return "trust"
        return "do not use" if interval.high < self.usable else "use with care"


_LEAD = _Bounds(trusted=1e-12, usable=0.0)
"""Over the hardest comparator that never asks the model: more than none. One that surely does
better makes the explanation superfluous."""
_FORGETS = _Bounds(trusted=0.5, usable=0.5)
"""1 − rank correlation with explanations of shuffled weights. At a correlation of 0.5 a quarter of
the ranks' variance comes from the input alone; above, one reads the input, not the model."""
_STABLE = _Bounds(trusted=0.7, usable=0.3)
"""Rank correlation of two explanations of one row. From 0.7 they share half of the ranks' variance
(0.7² = 0.49); below 0.3 less than a tenth."""
_NEUTRAL_SHARES = _Bounds(trusted=-0.3)
"""Minus the total variation between emptied rows and class shares: up to 30 points of probability
lie elsewhere than knowing nothing puts them. Never beyond use: contributions then answer "what more
than that?", which is said."""
_NEUTRAL_SIGMAS = _Bounds(trusted=-0.5)
"""Minus the distance of emptied forecasts from the series' mean: half a standard deviation."""


@dataclass(frozen=True)
class TrustPart:
    """One thing that must hold.

    Attributes:
        name: Of it.
        status: What it allows.
        found: What was found, in words.
    """

    name: str
    status: TrustStatus
    found: str


@dataclass(frozen=True)
class ExplanationTrust:
    """What all parts allow together.

    Attributes:
        status: Of the worst part.
        parts: All of them.
    """

    status: TrustStatus
    parts: tuple[TrustPart, ...]

    @property
    def deciding(self) -> tuple[TrustPart, ...]:
        """The parts that are as bad as the whole."""
        return tuple(part for part in self.parts if part.status == self.status)

    @property
    def reason(self) -> str:
        """What decides, in one sentence without its stop."""
        if self.status == "trust":
            names = ", ".join(part.name.lower() for part in self.parts)
            return f"all {len(self.parts)} parts hold: {names}"
        return "; ".join(part.found for part in self.deciding)


def judge_explanations(record: Explanations) -> ExplanationTrust | None:
    """The verdict on a run's explanations; None if none was explained."""
    if not record.examples:
        return None
    parts = (
        *_attributed(record),
        *_settled(record),
        *_additive(record),
        *(_contest(one) for one in record.contests if one.hardest),
        *_checked(record.checks),
        _neutral(record),
    )
    status = max((part.status for part in parts), key=_RANK.__getitem__)
    return ExplanationTrust(status, parts)


def _attributed(record: Explanations) -> Iterator[TrustPart]:
    """Nothing for methods that say what moved the answer."""
    if not all(example.is_attribution for example in record.examples):
        found = "attention says where the network looked, not what moved the answer"
        yield TrustPart("No attribution", "use with care", found)


def _settled(record: Explanations) -> Iterator[TrustPart]:
    """Whether all rows were explained, and so surely that their strongest segments are known."""
    num_settled = sum(example.settled for example in record.examples)
    size = len(record.examples)
    status: TrustStatus = "trust" if num_settled == size else "use with care"
    yield TrustPart("Error bars", status, f"{num_settled} of {size} settled")
    if record.unexplained:
        missing = f"{len(record.unexplained)} rows could not be explained"
        yield TrustPart("Rows", "use with care", missing)


def _additive(record: Explanations) -> Iterator[TrustPart]:
    """Nothing for methods that sum by construction."""
    errors = [example.additivity_error_relative for example in record.examples]
    known = [error for error in errors if error is not None]
    if known:
        worst = max(known)
        status: TrustStatus = "trust" if worst <= ADDITIVITY_LIMIT else "use with care"
        yield TrustPart("Additivity", status, f"values miss their sum by up to {worst:.0%}")


def _contest(contest: Contest) -> TrustPart:
    knows_cause = contest.measure in ("localisation", "pointing")
    status = (_surely_behind if knows_cause else _LEAD.judge)(contest.lead.interval)
    against = "random order" if contest.against == "chance" else contest.against
    lead = _number(contest.lead.value, contest.lead.interval, signed=True)
    found = f"{contest.measure} leads {against} by {lead}"
    if contest.measure == "attention":
        found = f"without what is attended the answer moves {lead} further than without others"
    return TrustPart(contest.measure.capitalize(), status, found)


def _surely_behind(interval: Interval | None) -> TrustStatus:
    """Where the cause is known: to lose against a simple rule is a warning.

    A tie disproves nothing, as causes that anybody could name are often plain: the latest day.
    """
    return "use with care" if interval is not None and interval.high < 0.0 else "trust"


def _checked(checks: MethodChecks | None) -> Iterator[TrustPart]:
    if checks is None:
        yield TrustPart("Model", "use with care", "dependence on the weights was not checked")
        return
    yield _forgetting(checks)
    for same in checks.stability:
        kept = _number(same.correlation.value, same.correlation.interval)
        found = f"rank correlation {kept} under {same.change}"
        status = _STABLE.judge(same.correlation.interval)
        yield TrustPart(f"Stability: {same.change}", status, found)


def _forgetting(checks: MethodChecks) -> TrustPart:
    """Whether explanations change when all that was fitted is shuffled."""
    kept = [one.correlation for one in checks.randomised if one.part == _ALL]
    if not kept:
        missing = "no two explanations could be compared under shuffled weights"
        return TrustPart("Model", "use with care", missing)
    interval = kept[0].interval
    turned = None if interval is None else Interval(1.0 - interval.high, 1.0 - interval.low)
    number = _number(kept[0].value, interval)
    found = f"rank correlation {number} with explanations of shuffled weights"
    return TrustPart("Model", _FORGETS.judge(turned), found)


def _neutral(record: Explanations) -> TrustPart:
    used = record.removals.used
    is_class = bool(used.decisions)
    bounds = _NEUTRAL_SHARES if is_class else _NEUTRAL_SIGMAS
    distance = used.distance.value or 0.0
    # What is asked is whether the way is neutral on average; its interval only says of which rows.
    status = bounds.judge(Interval(-distance, -distance))
    size = f"{100 * distance:.0f} points" if is_class else f"{distance:.2g} σ"
    word = "neutral" if status == "trust" else "not neutral"
    decided = "".join(f", {one} in {share:.0%}" for one, share in list(used.decisions.items())[:1])
    found = f"removal ({used.name}) is {word}: {size} from knowing nothing{decided}"
    return TrustPart("Removal", status, found)


def _number(value: float | None, interval: Interval | None, *, signed: bool = False) -> str:
    """A number with its interval."""
    if value is None:
        return "an unknown number"
    form = "+.2f" if signed else ".2f"
    if interval is None:
        return f"{value:{form}} (no interval)"
    return f"{value:{form}} ({interval.low:{form}} to {interval.high:{form}})".replace("-", "−")
