"""What perturbed, behavioural and out-of-distribution inputs do to the numbers."""
