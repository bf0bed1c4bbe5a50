"""Third party delivery: the systems that are told of banking events, and how each was told."""
