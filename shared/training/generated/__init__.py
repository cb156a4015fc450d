"""Training rows that a model of the training split made: judged, recorded, joined to it."""
