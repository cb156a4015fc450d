"""Rules that a report must keep to: for continuous integration."""
