"""What training costs, beside the libraries that users know."""
