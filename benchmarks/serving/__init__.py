"""How fast and how sturdy the local server is, over the loopback interface."""
