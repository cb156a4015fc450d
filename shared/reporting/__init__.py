"""One self-contained HTML file per run. Never imports TensorFlow."""
