from __future__ import annotations

from shared.run.progress import ProgressOfPart, SilentProgress


class _Heard(SilentProgress):
    def __init__(self) -> None:
        self.updates: list[tuple[int, int, str]] = []

    def update(self, done: int, total: int, note: str = "") -> None:
        self.updates.append((done, total, note))


def test_the_bar_is_that_of_all_parts() -> None:
    whole = _Heard()
    for number in (1, 2, 3):
        part = ProgressOfPart(whole, "fold", number, 3)
        part.update(0, 10, "begins")
        part.update(10, 10)
    assert [done for done, _, _ in whole.updates] == [0, 10, 10, 20, 20, 30]
    assert {total for _, total, _ in whole.updates} == {30}
    assert whole.updates[2][2] == "fold 2 of 3  begins"
    assert whole.updates[3][2] == "fold 2 of 3"
