"""Pages beside the report: a new batch, two runs, all runs."""
