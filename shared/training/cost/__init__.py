"""What a training cost: time, memory, energy, emissions, operations; measured or estimated, with limits."""
