"""The tables that the fairness stage writes."""
