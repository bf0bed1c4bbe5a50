"""Configuration from the environment, with what development may leave out."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Config:
    """What the process was told: where the data is, under which secret, for which purpose."""

    database_url: str
    redis_url: str | None
    secret_key: str
    environment: str
    files: Path

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
    var = Path(os.environ.get("COUNTINGHOUSE_VAR", ROOT / "var"))
    url = database_url or os.environ.get("DATABASE_URL") or f"sqlite:///{var}/countinghouse.db"
    return Config(
        database_url=_with_driver(url),
        redis_url=os.environ.get("REDIS_URL"),
        secret_key=secret,
        environment=environment,
        files=var,
    )


def _with_driver(url: str) -> str:
    """Name psycopg 3 for PostgreSQL addresses that name no driver."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url
