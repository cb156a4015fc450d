"""How fast many inputs are scored."""
