"""The model's base, its column types and the sessions that read and write it."""
