"""`make results`: the runs on real data, and the tables of `docs/results.md` and the README."""
