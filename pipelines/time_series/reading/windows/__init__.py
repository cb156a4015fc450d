"""From series to examples: windows, the rules they keep, and the split they fall into."""
