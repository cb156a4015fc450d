"""The records and the table that the fairness stage writes."""
