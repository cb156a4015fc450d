"""Tables and charts of one topic each, which sections put together."""
