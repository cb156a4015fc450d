"""Learning curves over labels: how much data a problem needs."""
