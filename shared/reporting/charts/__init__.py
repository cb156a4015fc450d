"""Static SVG charts and images."""
