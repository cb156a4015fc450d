"""Made images for rare classes beside oversampling and mixup: `python -m benchmarks.synthesis`."""
