from __future__ import annotations

from pathlib import Path

import pytest

from shared.cluster.devices import device_variables, find_gpus
from shared.errors import ConfigError

NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1", "TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1"}
FOUR_GPUS = {**NO_GPU, "CUDA_VISIBLE_DEVICES": "0,2,4,6"}


def test_gpus_are_dealt_out_in_order() -> None:
    assert device_variables(FOUR_GPUS, 2, None) == [
        {"CUDA_VISIBLE_DEVICES": "0,2"},
        {"CUDA_VISIBLE_DEVICES": "4,6"},
    ]


def test_a_worker_gets_as_many_gpus_as_asked_for() -> None:
    assert device_variables(FOUR_GPUS, 3, 1) == [{"CUDA_VISIBLE_DEVICES": gpu} for gpu in "024"]


@pytest.mark.parametrize(("workers", "devices"), [(5, None), (2, 3)])
def test_too_few_gpus_are_refused(workers: int, devices: int | None) -> None:
    with pytest.raises(
        ConfigError,
        match=rf"{workers} workers with .* need more than the 4 that are visible \(0,2,4,6\)",
    ):
        device_variables(FOUR_GPUS, workers, devices)


@pytest.mark.parametrize(("devices", "logical"), [(None, "1"), (2, "2")])
def test_without_gpus_each_worker_divides_its_cpu(devices: int | None, logical: str) -> None:
    assert device_variables(NO_GPU, 2, devices) == [{"PLUMBLINE_CPU_DEVICES": logical}] * 2


def test_threads_are_shared_out_unless_the_person_has_set_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.cluster.devices.num_processors", lambda: 8)
    assert (
        device_variables({"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}, 3, None)[0][
            "TF_NUM_INTRAOP_THREADS"
        ]
        == "2"
    )
    assert (
        "OMP_NUM_THREADS"
        not in device_variables({"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}, 3, None)[0]
    )


@pytest.mark.parametrize(
    ("value", "gpus"),
    [
        ("-1", []),
        ("", []),
        ("0", ["0"]),
        (" 1, 0 ", ["1", "0"]),
        ("0,-1,1", ["0"]),
        ("GPU-8932f937", ["GPU-8932f937"]),
    ],
)
def test_visible_gpus_are_read_as_cuda_reads_them(value: str, gpus: list[str]) -> None:
    assert find_gpus({"CUDA_VISIBLE_DEVICES": value}) == gpus


def test_without_the_variable_the_driver_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(
        "#!/bin/sh\necho 'GPU 0: NVIDIA H100 (UUID: GPU-a)'\necho 'GPU 1: NVIDIA H100 (UUID:"
        " GPU-b)'\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert find_gpus({}) == ["0", "1"]


def test_without_a_driver_there_are_no_gpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_gpus({}) == []
