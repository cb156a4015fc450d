"""`data.json` and the datasheet within: their blocks."""
