"""Everything that calls a trained network to score rows."""
