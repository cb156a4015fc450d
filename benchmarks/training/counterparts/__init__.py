"""The same trainings by other libraries: programs for an environment of their own."""
