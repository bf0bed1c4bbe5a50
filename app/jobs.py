"""Imports every slice's tasks, so that a worker knows how to do what is due."""
