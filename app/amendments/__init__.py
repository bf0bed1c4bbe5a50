"""Amendments: the limit and the end of a facility in force, changed under approval of their own."""
