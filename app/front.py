"""What stands before the application: proxies, the names it has, and how its answers travel."""

from flask import Flask, request
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_host

from app.config import Config

# Balancers and orchestrators ask these by address, whatever name people use.
_HEALTH = frozenset({"/healthz", "/readyz"})
# Documents, spreadsheets and fonts are small already.
_COMPRESSED = [
    *("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml"),
    *("application/json", "application/problem+json", "application/x-ndjson", "text/csv"),
]


def install_front(app: Flask, config: Config) -> None:
    """Believe so many proxies about the client's address and scheme, and answer to our names.

    Nothing is believed beyond the last proxy, and none about the name: it passes Host on as it
    came. Another name is refused (400). Answers travel compressed to whoever takes them so.
    """
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]

    @app.before_request
    def refuse_other_names() -> None:
        # Flask's own TRUSTED_HOSTS makes no exception for health checks.
        if config.trusted_hosts and request.path not in _HEALTH:
            get_host(request.environ, config.trusted_hosts)

    app.config.update(
        COMPRESS_MIMETYPES=_COMPRESSED, COMPRESS_STREAMING_ENDPOINT_CONDITIONAL=["assets.serve"]
    )
    Compress(app)
