"""What every page is made of: lists, forms, guards and answers."""

from flask import Flask


def install(app: Flask) -> None:
    """Attach the web floor to the application."""
