"""What stands before the application: proxies that say whom they speak for, and names it has."""

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_host

from app.config import Config

# Balancers and orchestrators ask these by address, whatever name people use.
_HEALTH = frozenset({"/healthz", "/readyz"})


def install_front(app: Flask, config: Config) -> None:
    """Believe so many proxies about the client's address and scheme, and answer to our names.

    Nothing is believed beyond the last proxy, and none about the name: it passes Host on as it
    came. Another name is refused (400).
    """
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]

    @app.before_request
    def refuse_other_names() -> None:
        # Flask's own TRUSTED_HOSTS makes no exception for health checks.
        if config.trusted_hosts and request.path not in _HEALTH:
            get_host(request.environ, config.trusted_hosts)
