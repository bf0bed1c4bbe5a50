"""Attaching the web floor to the application."""

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.routing import IntegerConverter

from app.markup.words import install_words
from app.web import lists
from app.web.assets import install_assets
from app.web.context import install_context
from app.web.errors import install_errors
from app.web.forms import LONGEST_ID
from app.web.guard import install_guard
from app.web.security import install_security


class RecordNumber(IntegerConverter):
    """A record's number in an address: what fits in no database is an address that is not there."""

    regex = rf"[0-9]{{1,{LONGEST_ID}}}"


def install(app: Flask) -> None:
    """Attach context, headers, errors, guard, assets, words and the addresses that lists share."""
    app.url_map.converters["int"] = RecordNumber
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    install_context(app)
    install_security(app)
    install_errors(app)
    install_guard(app)
    install_assets(app)
    install_words(app)
    app.register_blueprint(lists.blueprint)
