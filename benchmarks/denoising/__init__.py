"""Speech with and without `data.denoise=mask`: `python -m benchmarks.denoising`."""
