"""`fairness.json` and `fairness.parquet`: their blocks and columns."""
