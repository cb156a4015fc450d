"""What is predicted: a closed union of two kinds, and all about them that needs only NumPy.

`shared/model/target.py` is the Keras twin. Dispatch is on the *kind of target*, never on the
domain.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.targets.categories import Categories
from shared.targets.horizon import Horizon
from shared.targets.metric_info import MetricInfo

__all__ = ["Categories", "Horizon", "MetricInfo", "Target"]

Target = Annotated[Categories | Horizon, Field(discriminator="kind")]
"""One kind of target; a pydantic union, so that `data.json` reads back as what was written."""
