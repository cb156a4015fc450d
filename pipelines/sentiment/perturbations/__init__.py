"""Named changes of a row: corruptions, counterfactuals, foreign inputs."""
