"""What is measured and how; each prints its table. Never timed in tests."""
