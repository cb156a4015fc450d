"""From files to examples: what users bring is parsed here, and believed in nothing."""
