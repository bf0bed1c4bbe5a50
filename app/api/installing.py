"""Puts the interface into the application, in the order in which its reference shows the parts."""

from flask import Flask

from app.api.accounts import blueprint as accounts
from app.api.approvals import blueprint as approvals
from app.api.clients import blueprint as clients
from app.api.forward_dated import blueprint as forward_dated
from app.api.interface import make_interface
from app.api.postbacks import blueprint as postbacks
from app.api.problems import install_problems
from app.api.rates import blueprint as rates
from app.api.reference import blueprint as reference
from app.api.settlements import blueprint as settlements
from app.api.signing import blueprint as signing
from app.api.statements import blueprint as statements
from app.api.transactions import blueprint as transactions

PARTS = (
    clients, accounts, signing, transactions, forward_dated, settlements, approvals, statements,
    postbacks, rates,
)  # fmt: skip


def install_api(app: Flask) -> None:
    """Add the parts and the reference."""
    interface = make_interface(app)
    for part in PARTS:
        interface.register_blueprint(part)
    app.register_blueprint(reference)
    install_problems(app)
