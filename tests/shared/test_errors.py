from __future__ import annotations

import shared.errors


def test_the_drawn_tree_names_every_error() -> None:
    assert all(name in (shared.errors.__doc__ or "") for name in shared.errors.__all__)
