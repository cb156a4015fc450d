"""Files of one kind each, checked beyond what their decoders insist on."""
