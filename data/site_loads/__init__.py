"""Hourly loads of several sites: synthetic series whose causes, noise and group bias are known."""

from __future__ import annotations

from data.site_loads.influences import COVARIATES, cause_mask
from data.site_loads.loads import (
    GENERATOR_VERSION,
    SIZES,
    SiteLoads,
    SiteLoadSettings,
    generate_site_loads,
)

__all__ = [
    "COVARIATES",
    "GENERATOR_VERSION",
    "SIZES",
    "SiteLoadSettings",
    "SiteLoads",
    "cause_mask",
    "generate_site_loads",
]
