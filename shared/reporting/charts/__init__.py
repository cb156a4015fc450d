"""Static SVG charts and pictures."""
