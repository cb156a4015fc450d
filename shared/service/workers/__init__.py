"""TensorFlow in processes of its own, so that a crash of native code loses one batch."""
