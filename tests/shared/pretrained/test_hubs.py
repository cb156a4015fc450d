from __future__ import annotations

import sys

import pytest

from shared.errors import ConfigError
from shared.pretrained.hubs import download


def test_a_preset_without_kerashub_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    with pytest.raises(ConfigError, match=r"need keras_hub \(.*\)\. Install it: .* -m pip install"):
        download("efficientnet_lite0_ra_imagenet")
