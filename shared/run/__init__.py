"""What a run is on disk, and what a stage is given."""
