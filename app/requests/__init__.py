"""Requests: support tickets and service requests of a project or of one of its clients (M03.01)."""
