"""Static files from an allow-list, under addresses that carry their hash."""

import hashlib
import json
import mimetypes
from functools import lru_cache, partial
from io import BytesIO
from os import scandir
from time import monotonic
from types import SimpleNamespace

from flask import Blueprint, Flask, Response, abort, g, get_flashed_messages, request, send_file
from flask_wtf.csrf import generate_csrf
from jinja2 import Environment

from app.markup import icons, kept, options, rows, values
from app.web.bundles import BUNDLES, FOLDER, joined
from app.web.guard import public

_VENDOR = ("node_modules/htmx.org/dist/htmx.min.js",)
_FONTS = "node_modules/@fontsource-variable/inter/"
_ALLOWED = ("css/", "js/", _FONTS)
_YEAR_SECONDS = 31_536_000

blueprint = Blueprint("assets", __name__)


@blueprint.get("/static/<version>/<path:name>")
@public
def serve(version: str, name: str) -> Response:
    """Send a bundle or a file of the allow-list; a file's address changes with its content."""
    if name in BUNDLES:
        content = BytesIO(joined(name, asset_version()))
        file = name.rpartition("/")[2]
        return send_file(content, download_name=file, max_age=_YEAR_SECONDS, etag=version)
    if not is_allowed(name):
        abort(404)
    path = (FOLDER / name).resolve()
    if not path.is_relative_to(FOLDER.resolve()) or not path.is_file():
        abort(404)
    return send_file(path, max_age=_YEAR_SECONDS, conditional=True)


def is_allowed(name: str) -> bool:
    """Tell whether a name below static/ may be served."""
    return ".." not in name and (name in _VENDOR or name.startswith(_ALLOWED))


def asset(name: str) -> str:
    """Return the address of a static file, with the hash of the whole folder's state."""
    return f"/static/{asset_version()}/{name}"


def asset_version() -> str:
    """Return the hash of the folder, the same throughout a request."""
    if "asset_version" not in g:
        g.asset_version = _version(_stamp(int(monotonic())))
    found: str = g.asset_version
    return found


@lru_cache(maxsize=1)
def _stamp(_second: int) -> float:
    # Once a second: to look at each file took a twentieth of a list's time.
    return max(one.stat().st_mtime for folder in ("css", "js") for one in scandir(FOLDER / folder))


@lru_cache(maxsize=4)
def _version(_newest: float) -> str:
    digest = hashlib.sha256()
    for folder in ("css", "js"):
        for path in sorted((FOLDER / folder).iterdir()):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def install_assets(app: Flask) -> None:
    """Give templates `asset`, `markup`, `flashes` and `theme`."""
    mimetypes.add_type("font/woff2", ".woff2")
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        asset=asset,
        csrf_token=generate_csrf,
        flashes=_flashes,
        markup=_markup(app.jinja_env),
        fragment=False,
    )

    @app.context_processor
    def theme() -> dict[str, str]:
        chosen = request.cookies.get("theme", "system")
        return {"theme": chosen if chosen in {"light", "dark"} else "system"}


def _flashes() -> list[dict[str, str]]:
    return [
        {"kind": kind, **json.loads(text)}
        for kind, text in get_flashed_messages(with_categories=True)
    ]


def _markup(environment: Environment) -> SimpleNamespace:
    """Gather what app.markup draws; forms in it carry the token of the page they are on."""
    place = values.Place(generate_csrf)
    keep = kept.keeper(environment, generate_csrf)
    return SimpleNamespace(
        icon=icons.icon,
        sprite=icons.sprite,
        money=values.money,
        ident=values.ident,
        badge=values.badge,
        cell=partial(values.cell, place=place),
        lines=partial(rows.lines, token=generate_csrf),
        headings=rows.headings,
        shape_of=rows.shape_of,
        row_actions=rows.row_actions,
        options=options.options,
        checks=options.checks,
        kept=keep,
        place=kept.place,
        frozen=kept.frozen,
        part=partial(kept.part_of_list, keep),
    )
