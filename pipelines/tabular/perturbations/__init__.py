"""Changes of a row's values whose effect is worth knowing."""
