"""After the last epoch: whether the network is deployed, its floor, or a blend of both."""
