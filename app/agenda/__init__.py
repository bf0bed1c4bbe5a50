"""Calls and reminders in the calendar of a person."""
