"""The first layer of the report: the decision, the finding and three statements."""
