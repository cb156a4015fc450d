from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.errors import ContractError, MissingArtefactError
from shared.model.trained_model import load_trained_model
from shared.run.context import StageContext
from shared.serving.deployed_graph import trained_fingerprint
from shared.serving.export import export_stage, verify_export
from shared.serving.saved_model import load_saved_model, newest_version
from tests.shared.serving.tiny.forecasts import HORIZON, forecast_context
from tests.shared.serving.tiny.signals import SIGNALS, signal_bytes, signal_context


def _read(context: StageContext, name: str) -> Any:
    return context.run.read_json(name, maker="export")


def test_serving_default_takes_bytes_and_gives_named_answers_of_servable_types(
    exported: StageContext,
) -> None:
    saved = load_saved_model(newest_version(exported.run))
    answer = saved({"signal_bytes": signal_bytes(4)})
    assert sorted(answer) == [
        "abstain",
        "class_index",
        "class_name",
        "error",
        "in_set",
        "is_ood",
        "ood_score",
        "probabilities",
    ]
    assert answer["error"].tolist() == [""] * 4
    assert answer["probabilities"].shape == (4, 3)
    assert answer["probabilities"].dtype == np.float32
    assert answer["class_index"].dtype == np.int32
    assert answer["class_name"].tolist() == [
        SIGNALS.names[index] for index in answer["class_index"]
    ]


def test_scores_are_what_the_keras_model_scores(exported: StageContext) -> None:
    wire = {"signal_bytes": signal_bytes(9, seed=5)}
    saved = load_saved_model(newest_version(exported.run))
    expected = load_trained_model(exported).score_wire(wire)
    np.testing.assert_allclose(saved(wire, signature="scores")["scores"], expected, atol=1e-5)


@pytest.mark.parametrize("num_rows", [1, 2, 33])
def test_batch_axis_is_free(exported: StageContext, num_rows: int) -> None:
    saved = load_saved_model(newest_version(exported.run))
    assert saved({"signal_bytes": signal_bytes(num_rows)})["probabilities"].shape == (num_rows, 3)


def test_version_folder_is_the_only_thing_a_server_sees(exported: StageContext) -> None:
    assert [item.name for item in (exported.run / "saved_model").iterdir()] == ["1"]


def test_parity_is_recorded_and_passes(exported: StageContext) -> None:
    parity = _read(exported, "parity.json")
    assert parity["passed"] is True
    assert parity["deterministic"] is True
    assert parity["num_examples"] == 32
    assert parity["batch_sizes"] == [1, 7, 32]
    assert parity["offending_operations"] == {}
    assert {"DecodeRaw", "Conv2D"} <= set(parity["operations"])
    decisions = [
        f"serving_default/{name}"
        for name in ("abstain", "class_index", "class_name", "error", "in_set", "is_ood")
    ]
    decisions.append("scores/error")
    numbers = ["serving_default/probabilities", "serving_default/ood_score", "scores/scores"]
    outputs = parity["outputs"]
    assert set(outputs) == {*decisions, *numbers}
    for name in numbers:
        assert outputs[name]["max_abs_difference"] <= outputs[name]["tolerance"]
    for name in decisions:
        assert outputs[name]["num_clear"] > 0


def test_signature_says_names_types_shapes_and_classes(exported: StageContext) -> None:
    signature = _read(exported, "signature.json")
    default = signature["signatures"]["serving_default"]
    assert [(item["name"], item["dtype"], item["shape"]) for item in default["inputs"]] == [
        ("signal_bytes", "string", [None])
    ]
    assert [(item["name"], item["dtype"], item["shape"]) for item in default["outputs"]] == [
        ("abstain", "int32", [None]),
        ("class_index", "int32", [None]),
        ("class_name", "string", [None]),
        ("error", "string", [None]),
        ("in_set", "int32", [None, 3]),
        ("is_ood", "int32", [None]),
        ("ood_score", "float32", [None]),
        ("probabilities", "float32", [None, 3]),
    ]
    assert default["inputs"][0]["columns"] is None
    assert (
        default["inputs"][0]["meaning"]
        == "the bytes of one file for each row; in JSON as {'b64': …}"
    )
    assert signature["classes"] == ["flat", "rising", "fällend"]
    assert signature["target"] == {
        "kind": "categories",
        "names": ["flat", "rising", "fällend"],
        "ordered": False,
    }


def test_example_request_is_base64_and_can_be_scored(exported: StageContext) -> None:
    example = _read(exported, "signature.json")["example"]
    assert example["path"] == "/v1/models/signals:predict"
    (instance,) = example["body"]["instances"]
    content = base64.b64decode(instance["b64"], validate=True)
    saved = load_saved_model(newest_version(exported.run))
    assert saved({"signal_bytes": np.asarray([content], dtype=object)})["probabilities"].shape == (
        1,
        3,
    )


def test_example_request_never_holds_a_record_of_the_users_data(tmp_path: Path) -> None:
    context = signal_context(tmp_path, synthetic=False)
    export_stage(context)
    sent = base64.b64decode(
        _read(context, "signature.json")["example"]["body"]["instances"][0]["b64"]
    )
    mine = {
        content
        for part in context.splits().by_split().values()
        for content in part.rows(np.arange(len(part)))["signal_bytes"].tolist()
    }
    assert sent not in mine


def test_rerun_writes_the_same_json_bytes(exported: StageContext) -> None:
    before = {
        name: (exported.run / name).read_bytes() for name in ("signature.json", "parity.json")
    }
    export_stage(exported)
    assert {name: (exported.run / name).read_bytes() for name in before} == before


def test_fingerprint_is_that_of_the_keras_weights_and_follows_them(
    exported: StageContext, tmp_path: Path
) -> None:
    recorded = _read(exported, "signature.json")["weights_sha256"]
    other = signal_context(tmp_path)
    assert recorded == trained_fingerprint(load_trained_model(other))
    _change_weights(other)
    assert recorded != trained_fingerprint(load_trained_model(other))


def _change_weights(context: StageContext) -> None:
    model = keras.saving.load_model(context.run / "model.keras")
    model.set_weights([weights + 0.5 for weights in model.get_weights()])
    model.save(context.run / "model.keras")


def test_weights_changed_after_the_export_are_noticed(exported_copy: StageContext) -> None:
    assert verify_export(exported_copy).passed
    _change_weights(exported_copy)
    with pytest.raises(
        ContractError, match=r"its weights are not those of model\.keras and preprocess\.keras"
    ):
        verify_export(exported_copy)


def test_verifying_without_an_export_names_the_stage(tmp_path: Path) -> None:
    with pytest.raises(MissingArtefactError, match="The stage 'export' makes it"):
        verify_export(signal_context(tmp_path))


def test_incomplete_saved_model_is_reported_as_missing(tmp_path: Path) -> None:
    context = signal_context(tmp_path)
    (tmp_path / "saved_model" / "3").mkdir(parents=True)
    with pytest.raises(MissingArtefactError, match=r"saved_model/3 is not a complete SavedModel"):
        verify_export(context)


def test_newest_version_is_the_highest_number_not_the_last_name(tmp_path: Path) -> None:
    context = signal_context(tmp_path)
    for name in ("2", "10", "9", "note", "11.tmp"):
        (tmp_path / "saved_model" / name).mkdir(parents=True)
    assert newest_version(context.run).name == "10"


def test_forecast_answers_in_original_units_with_increasing_quantiles(
    forecast: StageContext,
) -> None:
    saved = load_saved_model(newest_version(forecast.run))
    wire = forecast.splits().test.rows(np.arange(5))
    answer = saved(wire)
    assert sorted(answer) == ["error", "forecast", "is_ood", "ood_score", "quantiles"]
    assert answer["forecast"].shape == (5, 3, 2)
    assert answer["quantiles"].shape == (5, 3, 2, 3)
    assert (np.diff(answer["quantiles"], axis=-1) >= 0).all()
    assert _read(forecast, "parity.json")["passed"] is True


def test_forecast_signature_names_all_inputs_and_the_unit(forecast: StageContext) -> None:
    signature = _read(forecast, "signature.json")
    default = signature["signatures"]["serving_default"]
    assert [(item["name"], item["dtype"], item["shape"]) for item in default["inputs"]] == [
        ("hour", "int32", [None]),
        ("window", "float32", [None, 8, 2]),
    ]
    assert {item["name"]: item["unit"] for item in default["outputs"]} == {
        "error": None,
        "forecast": "kW",
        "is_ood": None,
        "quantiles": "kW",
        "ood_score": None,
    }
    assert signature["classes"] is None
    assert signature["target"] == json.loads(HORIZON.model_dump_json())


def test_forecast_example_is_a_named_row_of_plain_numbers(forecast: StageContext) -> None:
    (instance,) = _read(forecast, "signature.json")["example"]["body"]["instances"]
    assert sorted(instance) == ["hour", "window"]
    wire = {
        "hour": np.asarray([instance["hour"]]),
        "window": np.asarray([instance["window"]], dtype=np.float32),
    }
    np.testing.assert_array_equal(
        wire["window"], forecast.splits().test.rows(np.arange(1))["window"]
    )
    assert load_saved_model(newest_version(forecast.run))(wire)["forecast"].shape == (1, 3, 2)


def test_forecast_example_on_real_data_is_of_zeros_that_fit(tmp_path: Path) -> None:
    context = forecast_context(tmp_path, synthetic=False)
    export_stage(context)
    (instance,) = _read(context, "signature.json")["example"]["body"]["instances"]
    assert instance == {"hour": 0, "window": [[0.0, 0.0]] * 8}
