"""The calibrate stage: everything that is chosen on validation before the test part is looked at."""
