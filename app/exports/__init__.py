"""Exports of long lists: written by the worker in parts, kept a week, handed out as one file."""
