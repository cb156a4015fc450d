"""Closing gaps between groups while training: by weights of rows, by which rows are shown, or by what is minimised."""
