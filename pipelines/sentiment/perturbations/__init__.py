"""Named changes of a row: corruptions, counterfactuals, out-of-distribution inputs."""
