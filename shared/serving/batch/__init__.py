"""Many raw inputs, scored by the deployed model: in pieces, in parts, and again after a stop."""
