"""API keys: a person's own, and those of service accounts, which are users that never sign in."""
