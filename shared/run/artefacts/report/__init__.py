"""`report.json` as types: the whole in `record.py`, its blocks in a file for each topic."""
