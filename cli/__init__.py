"""The command line: one file a longer command; nothing heavy is imported before a command needs it."""
