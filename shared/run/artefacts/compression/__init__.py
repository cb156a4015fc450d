"""What `compress` writes."""
