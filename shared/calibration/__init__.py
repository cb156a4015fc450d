"""The calibrate stage: all that validation chooses before the test split is looked at."""
