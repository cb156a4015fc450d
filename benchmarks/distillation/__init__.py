"""A student beside the same student alone and its teacher: `python -m benchmarks.distillation`."""
