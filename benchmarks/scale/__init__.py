"""How time, memory and disk grow with the data, stage by stage: `python -m benchmarks.scale`."""
