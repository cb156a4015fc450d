from __future__ import annotations

import pytest

from cli.settings_page import PAGE, settings_page


def test_the_page_of_settings_is_what_the_configuration_classes_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PLUMBLINE_CACHE_DIR", raising=False)
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "stale; write it with `make docs`"


def test_a_setting_of_one_pipeline_stands_in_its_own_table_only() -> None:
    common, _, own = settings_page().partition("## medical_imaging")
    assert "`data.max_folds`" in common
    assert "`data.max_folds`" not in own
    assert "`data.lookback_steps`" not in common
    assert "`data.lookback_steps`" in own.partition("## time_series")[2]
