from __future__ import annotations

import numpy as np

from shared.service.telemetry.metrics import Metrics


def answer(*errors: bytes) -> dict[str, np.ndarray]:
    size = len(errors)
    return {
        "error": np.asarray(errors, object),
        "class_name": np.asarray([b"cat"] * size, object),
        "abstain": np.ones(size, np.int32),
        "is_ood": np.zeros(size, np.int32),
    }


def test_answers_are_counted_when_they_are_asked_for_however_few_there_are() -> None:
    metrics = Metrics()
    metrics.observe_answer("pets", 2, answer(b"", b"too dark"))
    text = metrics.render().decode()
    assert 'plumbline_rows_total{model="pets",version="2"} 2.0' in text
    assert 'plumbline_row_errors_total{model="pets",version="2"} 1.0' in text
    assert 'plumbline_abstained_total{model="pets",version="2"} 1.0' in text
    assert 'plumbline_ood_total{model="pets",version="2"} 0.0' in text
    assert 'decision="cat",model="pets",version="2"} 1.0' in text


def test_many_answers_are_counted_once_each() -> None:
    metrics = Metrics()
    for _ in range(150):
        metrics.observe_answer("pets", 1, answer(b""))
    metrics.render()
    assert 'plumbline_rows_total{model="pets",version="1"} 150.0' in metrics.render().decode()


def test_signatures_that_tell_different_things_are_counted_side_by_side() -> None:
    metrics = Metrics()
    for number in range(130):  # more than are counted at once
        told = answer(b"")
        scores = {"error": told["error"]}
        metrics.observe_answer("pets", 1, scores if number % 2 else told)
    text = metrics.render().decode()
    assert 'plumbline_rows_total{model="pets",version="1"} 130.0' in text
    assert 'plumbline_abstained_total{model="pets",version="1"} 65.0' in text


def test_a_model_of_others_has_no_rows_to_count() -> None:
    metrics = Metrics()
    metrics.observe_answer("theirs", 1, {"scores": np.zeros((2, 3), np.float32)})
    assert "theirs" not in metrics.render().decode()


def test_requests_are_counted_by_code_and_timed() -> None:
    metrics = Metrics()
    metrics.observe_request("pets", "rest", "OK", 0.004)
    metrics.observe_request("pets", "rest", "OK", 0.2)
    text = metrics.render().decode()
    assert 'plumbline_requests_total{code="OK",door="rest",model="pets"} 2.0' in text
    assert 'seconds_bucket{door="rest",le="0.005",model="pets"} 1.0' in text
