"""The command line: one file a longer command.

Nothing heavy is imported before a command needs it.
"""
