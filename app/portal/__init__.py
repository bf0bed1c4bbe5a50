"""The clients' own pages."""
