"""Snippets: short pieces of a project's content, put into the pages of its client area (M03.06)."""
