"""What perturbed, behavioural and foreign inputs do to the numbers."""
