"""Countinghouse: the application's factory."""

from datetime import timedelta

from flask import Flask
from flask_migrate import Migrate

from app.access.domains import mail_domains
from app.access.passkeys import relying_party
from app.access.passwords import passwords
from app.blueprints import register
from app.config import ROOT, Config, read_config
from app.controls import changes
from app.controls.configured import forget_configured
from app.controls.numbering import blocks
from app.controls.secrecy import cipher
from app.controls.signet import signet
from app.db.session import database
from app.front import install_front
from app.ledger.house import forget_house_assets
from app.mail.post import post
from app.models import metadata
from app.web.errors import LARGEST_BODY_BYTES
from app.web.install import install


class _Migrated:
    """What Flask-Migrate asks of a database: its metadata and its engine."""

    metadata = metadata

    @property
    def engine(self) -> object:
        """The engine in use."""
        return database.engine


def create_app(*, database_url: str | None = None, testing: bool = False) -> Flask:
    """Make the application from the environment; `testing` leaves out durability and cost."""
    config = read_config(database_url=database_url)
    connect(config, testing=testing)
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=None,
        root_path=str(ROOT / "app"),
    )
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=testing,
        COUNTINGHOUSE=config,
        MAX_CONTENT_LENGTH=LARGEST_BODY_BYTES,
        MAX_FORM_PARTS=2_000,
        SESSION_COOKIE_NAME="countinghouse",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.is_production,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=config.is_production,
    )
    Migrate(app, _Migrated(), directory=str(ROOT / "migrations"))
    install_front(app, config)
    install(app)
    register(app)
    return app


def connect(config: Config, *, testing: bool = False) -> None:
    """Connect this process to its database and its secrets; used by workers and tests as well."""
    config.files.mkdir(parents=True, exist_ok=True)
    database.configure(config.database_url, durable=not testing)
    cipher.configure(config.secret_key)
    signet.configure(
        config.files, private=config.licence_private_key, public=config.licence_public_key
    )
    passwords.configure(cheap=testing)
    mail_domains.configure(config.dns_server)
    relying_party.configure(public_url=config.public_url, name=config.product_name)
    post.configure(
        smtp_url=config.smtp_url,
        sender=config.mail_sender,
        product=config.product_name,
        public_url=config.public_url,
        folder=None if config.is_production else config.files / "mail",
    )
    changes.listen()
    blocks.forget()
    forget_house_assets()
    forget_configured()
