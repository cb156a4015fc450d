"""Tables of forecasts: by step, by hour, adaptive intervals."""
