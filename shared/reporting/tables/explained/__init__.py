"""Tables about all explanations of a run: can they be trusted, and what do they say together."""
