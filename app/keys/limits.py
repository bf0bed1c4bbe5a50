"""How often a key may ask, and how often one place may come without a good one."""

from flask import current_app, g, request
from flask_limiter import Limiter

# How many requests a key may make, and how many one place of a page that is open to all; the
# other two name the settings that hold them.
REQUESTS, VISITS = "600 per minute", "120 per minute"
LIMIT, VISITS_LIMIT = "API_LIMIT", "VISITS_LIMIT"
TOO_MANY = "Too many requests: wait as many seconds as Retry-After says, then go on"
_HOLDER = "api_key_prefix"


def _who() -> str:
    """Count by the key that was found good, else by the address that came with none."""
    return str(g.get(_HOLDER) or request.remote_addr or "")


def _allowed() -> str:
    return str(current_app.config[LIMIT])


def _visits() -> str:
    return str(current_app.config.get(VISITS_LIMIT, VISITS))


limiter = Limiter(key_func=_who, headers_enabled=True)


def count_request(prefix: str | None) -> None:
    """Count a request for a key, or for its place where no key was good; refused (429) beyond."""
    g.setdefault(_HOLDER, prefix)
    # Counted here, not by a hook: only now is it known whose request it is.
    with limiter.shared_limit(_allowed, scope="api", error_message=TOO_MANY):
        pass


def count_visit() -> None:
    """Count a request for its place, before a page that is open to all; refused (429) beyond."""
    with limiter.shared_limit(_visits, scope="visits"):
        pass
