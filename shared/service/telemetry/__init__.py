"""What the server tells about itself: metrics, logs of requests and of inputs."""
