"""Forecasts that need no network, with the spread of their errors: what it must beat."""
