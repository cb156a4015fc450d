"""The calibrate stage: everything that is chosen on validation before the test split is looked at."""
