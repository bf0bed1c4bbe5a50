"""How often a key may ask, and how often one place may come without a good one."""

from flask import current_app, g, request
from flask_limiter import Limiter

# How many requests a key may make; LIMIT names the setting that holds it.
REQUESTS = "600 per minute"
LIMIT = "API_LIMIT"
TOO_MANY = "Too many requests: wait as many seconds as Retry-After says, then go on"
_HOLDER = "api_key_prefix"


def _who() -> str:
    """Count by the key that was found good, else by the address that came with none."""
    return str(g.get(_HOLDER) or request.remote_addr or "")


def _allowed() -> str:
    return str(current_app.config[LIMIT])


limiter = Limiter(key_func=_who, headers_enabled=True)


def count_request(prefix: str | None) -> None:
    """Count a request for a key, or for its place where no key was good; refused (429) beyond."""
    g.setdefault(_HOLDER, prefix)
    # Counted here, not by a hook: only now is it known whose request it is.
    with limiter.limit(_allowed, scope="api", error_message=TOO_MANY):
        pass
