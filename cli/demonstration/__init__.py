"""The `demo` command: all pipelines on synthetic data, as many side by side as there is room."""
