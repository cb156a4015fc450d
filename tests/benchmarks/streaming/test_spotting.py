from __future__ import annotations

import numpy as np
import pytest

from benchmarks.streaming.__main__ import choose_threshold
from benchmarks.streaming.spotting import (
    Alarm,
    Counts,
    Said,
    find_alarms,
    judge,
    rate_interval,
    smoothed,
)


def test_one_word_raises_one_alarm() -> None:
    told = np.zeros((20, 2), np.float32)
    told[5:9, 1] = 0.9
    told[17, 0] = 0.8
    # However short the pause: it is still the same word.
    assert len(find_alarms(told, threshold=0.7, step_seconds=0.1, pause_seconds=0.1)) == 2
    alarms = find_alarms(told, threshold=0.7, step_seconds=0.1, pause_seconds=0.5)
    assert [alarm.keyword for alarm in alarms] == [1, 0]
    assert [alarm.seconds for alarm in alarms] == pytest.approx([0.6, 1.8])
    told[12:15, 1] = 0.9
    assert len(find_alarms(told, threshold=0.7, step_seconds=0.1, pause_seconds=0.5)) == 3
    assert len(find_alarms(told, threshold=0.7, step_seconds=0.1, pause_seconds=0.9)) == 2


def test_a_glimpse_is_smoothed_away_and_a_word_is_not() -> None:
    told = np.zeros((2, 10, 1), np.float32)
    told[0, 3] = 1.0
    told[1, 3:7] = 1.0
    expected = [0, 0, 0, 1, 2, 3, 3, 2, 1, 0]
    np.testing.assert_allclose(smoothed(told, 3)[1, :, 0], np.array(expected) / 3, rtol=1e-6)
    assert smoothed(told, 3)[0].max() == pytest.approx(1 / 3)


def test_keywords_take_alarms_of_their_class_in_time() -> None:
    said = [Said(0, 1.0, 1.5), Said(None, 3.0, 3.5), Said(1, 5.0, 5.5), Said(0, 8.0, 8.5)]
    alarms = [Alarm(0, 1.7), Alarm(1, 3.2), Alarm(0, 5.4), Alarm(0, 9.7)]
    counts = judge(said, alarms, seconds=10.0, patience_seconds=1.0)
    assert (counts.num_keywords, counts.num_missed, counts.num_false) == (3, 2, 3)
    assert list(counts.delays) == pytest.approx([0.2])
    assert counts.false_an_hour == pytest.approx(3 * 360.0)
    assert (counts + counts).missed == pytest.approx(2 / 3)


def test_no_event_in_an_hour_may_still_be_almost_four() -> None:
    none = rate_interval(0, 1.0)
    assert [none.low, none.high] == pytest.approx([0.0, 3.689], abs=1e-3)
    ten = rate_interval(10, 2.0)
    assert [ten.low, ten.high] == pytest.approx([2.398, 9.195], abs=1e-3)


def test_the_threshold_has_few_false_alarms_then_few_misses() -> None:
    heard = {
        0.3: Counts(10, 0, 90, 3600.0),
        0.5: Counts(10, 2, 5, 3600.0),
        0.7: Counts(10, 4, 1, 3600.0),
    }
    assert choose_threshold(heard, 6.0) == 0.5
    assert choose_threshold(heard, 0.5) == 0.7
