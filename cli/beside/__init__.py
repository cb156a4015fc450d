"""Commands that write pages beside the report."""
