"""The state space beside other families: error, and time and memory as the window grows."""
