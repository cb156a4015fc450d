"""Which versions are served: found in folders, loaded, labelled, let go."""
