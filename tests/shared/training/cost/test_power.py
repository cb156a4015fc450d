from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.training.cost.power import NvmlCounter, find_gpu_counters, find_rapl_zones

RANGE_UJ = 262_143_328_850  # as an Intel server says it


def powercap(root: Path, **zones: tuple[str, int]) -> Path:
    """A powercap tree as Linux shows it, with (name, energy in µJ) for each zone.

    `0_1` is `intel-rapl:0:1`.
    """
    for number, (name, energy_uj) in zones.items():
        folder = root / f"intel-rapl:{number.removeprefix('zone').replace('_', ':')}"
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "energy_uj").write_text(f"{energy_uj}\n")
        (folder / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    return root


def server(root: Path) -> Path:
    """Two packages; cores are inside the first, memory beside it, and the whole platform around all."""
    return powercap(
        root,
        zone0=("package-0", 1_000_000),
        zone0_0=("core", 7),
        zone0_1=("dram", 500),
        zone1=("package-1", 0),
        zone2=("psys", 9),
    )


def test_packages_and_memory_are_counted_and_nothing_twice(tmp_path: Path) -> None:
    assert [zone.name for zone in find_rapl_zones(server(tmp_path))] == [
        "package-0",
        "dram",
        "package-1",
    ]


def test_energy_is_that_since_the_zone_was_opened(tmp_path: Path) -> None:
    zone = find_rapl_zones(server(tmp_path))[0]
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("3500000\n")
    assert zone.read_joules() == pytest.approx(2.5)


def test_a_counter_that_begins_anew_goes_on(tmp_path: Path) -> None:
    zone = find_rapl_zones(powercap(tmp_path, zone0=("package-0", RANGE_UJ - 1_000_000)))[0]
    for energy_uj in (2_000_000, 3_000_000, 1_000_000):  # the last one began anew once more
        (tmp_path / "intel-rapl:0" / "energy_uj").write_text(f"{energy_uj}\n")
        joules = zone.read_joules()
    assert joules == pytest.approx((1_000_000 + 3_000_000 + RANGE_UJ - 2_000_000) / 1e6)


def test_a_machine_without_counters_has_none(tmp_path: Path) -> None:
    assert find_rapl_zones(tmp_path / "nothing") == []


def test_a_part_of_the_counters_is_not_taken_for_all(tmp_path: Path) -> None:
    (server(tmp_path) / "intel-rapl:1" / "energy_uj").unlink()
    assert find_rapl_zones(tmp_path) == []


class FakeNvml:
    """Two GPUs of 5 J per look, as pynvml speaks of them.

    The second one is too old to count its energy.
    """

    class NVMLError(Exception):
        pass

    def __init__(self) -> None:
        self.looks = 0

    def nvmlInit(self) -> None:  # noqa: N802 - the library's name
        self.looks = 0

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802 - the library's name
        return index

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:  # noqa: N802 - the library's name
        if handle == 1:
            raise self.NVMLError("Not Supported")
        self.looks += 1
        return 70_000 + 5_000 * self.looks


def test_the_counter_of_a_gpu_counts_from_its_opening() -> None:
    counter = NvmlCounter(FakeNvml(), 0)
    assert [counter.read_joules() for _ in range(2)] == [5.0, 10.0]


@pytest.mark.parametrize(
    ("num_gpus", "visible", "names"),
    [(1, "0", ["GPU 0"]), (2, "0,1", []), (1, "1", []), (1, "MIG-4", []), (0, "0", [])],
)
def test_gpus_are_counted_all_or_not_at_all(
    num_gpus: int, visible: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    library: Any = FakeNvml()
    assert [counter.name for counter in find_gpu_counters(num_gpus, library)] == names
