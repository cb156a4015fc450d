from __future__ import annotations

import pytest

from pipelines import NAMES, get_pipeline


@pytest.mark.parametrize("name", NAMES)
def test_every_pipeline_says_what_it_is_for_and_not_for_and_whom_it_touches(name: str) -> None:
    purpose = get_pipeline(name).purpose
    stated = (purpose.intended, purpose.not_for, purpose.affected)
    assert all(3 <= len(phrase.split()) <= 16 and phrase[-1] != "." for phrase in stated)
    assert ("not a medical device" in purpose.not_for) == (name == "medical_imaging")
