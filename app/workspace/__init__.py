"""A person's home and dashboard, and the shell around every page."""
