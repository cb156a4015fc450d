"""What containers of sound hold, counted without the decoder: decoders guess, skip and cut."""
