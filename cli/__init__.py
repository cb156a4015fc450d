"""The command line: one file a command, wired in `__main__`.

A command imports what is heavy only once it runs, so that `--help` is quick.
"""
