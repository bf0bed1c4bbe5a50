"""Configuration from the environment, with what development may leave out."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Config:
    """What the process was told: where the data is, under which secret, for which purpose."""

    database_url: str
    redis_url: str | None
    secret_key: str
    environment: str
    files: Path
    product_name: str
    public_url: str
    smtp_url: str
    mail_sender: str
    dns_server: str
    licence_private_key: str = ""
    licence_public_key: str = ""
    rates_url: str = ""
    trusted_proxies: int = 0
    trusted_hosts: tuple[str, ...] = ()

    @property
    def is_production(self) -> bool:
        """Whether real money is kept here."""
        return self.environment == "production"


def read_config(*, database_url: str | None = None) -> Config:
    """Read the environment; a missing secret lasts as long as the process, outside production."""
    environment = os.environ.get("COUNTINGHOUSE_ENV", "development")
    secret = os.environ.get("SECRET_KEY", "")
    if not secret:
        if environment == "production":
            raise RuntimeError("Production needs SECRET_KEY in the environment")
        secret = secrets.token_hex(32)
    var = Path(os.environ.get("COUNTINGHOUSE_VAR") or ROOT / "var")
    url = database_url or os.environ.get("DATABASE_URL") or f"sqlite:///{var}/countinghouse.db"
    public_url = _public_url(environment)
    return Config(
        database_url=_with_driver(url),
        redis_url=os.environ.get("REDIS_URL"),
        secret_key=secret,
        environment=environment,
        files=var,
        product_name=os.environ.get("PRODUCT_NAME", "Countinghouse"),
        public_url=public_url,
        smtp_url=os.environ.get("SMTP_URL", ""),
        mail_sender=os.environ.get("MAIL_SENDER", ""),
        dns_server=os.environ.get("DNS_SERVER", ""),
        licence_private_key=os.environ.get("LICENCE_PRIVATE_KEY", ""),
        licence_public_key=os.environ.get("LICENCE_PUBLIC_KEY", ""),
        rates_url=os.environ.get("RATES_URL", ""),
        trusted_proxies=_trusted_proxies(),
        trusted_hosts=_trusted_hosts(environment, public_url),
    )


def _public_url(environment: str) -> str:
    """Return the address that links in mails begin with.

    It is told, never taken from a request: whoever sends one could let the links lead elsewhere.
    """
    told = os.environ.get("PUBLIC_URL", "").rstrip("/")
    if told or environment == "production":
        return told
    return f"http://{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"


def _trusted_proxies() -> int:
    """Return how many proxies stand in front: what more of them are said to be is a lie."""
    told = os.environ.get("TRUSTED_PROXIES") or "0"
    if not (told.isascii() and told.isdigit()):
        raise RuntimeError("TRUSTED_PROXIES must be the number of proxies in front, such as 1")
    return int(told)


def _trusted_hosts(environment: str, public_url: str) -> tuple[str, ...]:
    """Return the names the portal answers to: those told, else its own in production; none is any.

    Development is opened by whatever name its machine has.
    """
    told = os.environ.get("TRUSTED_HOSTS", "").replace(",", " ").split()
    own = urlsplit(public_url).hostname if environment == "production" else None
    return tuple(told) or ((own,) if own else ())


def _with_driver(url: str) -> str:
    """Name psycopg 3 for PostgreSQL addresses that name no driver."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url
