"""`metrics.json` as types: the whole in `metrics_file.py`, its blocks in a file for each topic."""
