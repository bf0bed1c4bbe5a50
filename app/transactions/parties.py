"""The parties of a transaction as links, whatever they are, inside of the viewer's scope."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.funding.models import FundingSource
from app.ledger.accounts import Account
from app.ledger.kinds import comes_in
from app.ledger.models import Asset, Transaction
from app.records.naming import name_of
from app.web import cells
from app.web.listing import Options
from app.web.pages import fact


@dataclass(frozen=True, slots=True)
class Party:
    """A kind of record that a transaction may name: where its page is and who may open it."""

    model: type[Any]
    path: str
    permission: str
    name: Callable[[Any], str]


# A higher floor adds its own records, such as an invoice as context.
KINDS: dict[str, Party] = {
    "asset": Party(Asset, "/admin/assets", "assets.view", lambda one: one.title()),
    "account": Party(Account, "/admin/accounts", "accounts.view", lambda one: one.title()),
    "client": Party(Client, "/admin/clients", "clients.view", lambda one: one.name),
    "funding source": Party(
        FundingSource, "/admin/funding-sources", "funding.view", lambda one: one.title()
    ),
    "transaction": Party(
        Transaction, "/admin/transactions", "transactions.view", lambda one: one.reference
    ),
    "user": Party(User, "/admin/users", "users.view", lambda one: one.name),
}


def party_cell(
    session: Session, actor: Actor, kind: str, record_id: int | None, *, otherwise: str = ""
) -> cells.Cell:
    """Name a record, with a link where the viewer may open it; unseen ones by their kind alone.

    The house's own assets are named to all, as the entries of the transaction name them.
    """
    known = KINDS.get(kind)
    if record_id is None or known is None:
        return cells.text(otherwise)
    query = select(known.model).where(*visible(actor, known.model), known.model.id == record_id)
    found = session.scalars(query).one_or_none()
    if found is None:
        return cells.text(otherwise or kind.capitalize())
    href = f"{known.path}/{record_id}" if holds(actor, known.permission) else None
    return cells.text(known.name(found), href=href, drawer=False)


def party_named(kind: str) -> Options:
    """Return the options of a filter by a kind of party: the name of the one it is narrowed to."""

    def options(session: Session, who: Actor) -> list[tuple[str, str]]:
        return name_of(session, who, KINDS[kind].model, request.args.get(kind, ""))

    return options


def parties(session: Session, actor: Actor, one: Transaction) -> list[dict[str, Any]]:
    """Return subject, payer, payee, initiator and context (L01.11-13, L05.04)."""
    own = party_cell(session, actor, "client", one.client_id)
    if one.client_id is None:
        own = _asset(session, actor, one.asset_id)
    other = _other_side(session, actor, one)
    is_in = comes_in(one)
    return [
        fact("Subject", party_cell(session, actor, "asset", one.asset_id)),
        fact("Payer", other if is_in else own),
        fact("Payee", own if is_in else other),
        fact("Initiator", party_cell(
            session, actor, "user", one.maker_id, otherwise=one.operator_name)),
        fact("Context", _context(session, actor, one)),
    ]  # fmt: skip


def line_source(session: Session, actor: Actor, one: Transaction) -> list[dict[str, Any]]:
    """Return the card of what made the lines, where nobody typed them (E43.46)."""
    if one.context_kind is None:
        return []
    rows = [
        fact("Line source", cells.text(one.context_kind.upper())),
        fact("Record", _context(session, actor, one)),
    ]
    return [{"title": "Source", "rows": rows, "open": True}]


def wallets(session: Session, actor: Actor, one: Transaction) -> list[dict[str, Any]]:
    """Return source and destination: the wallets, and the bank account outside (V05.03-05)."""
    own = party_cell(session, actor, "asset", one.asset_id)
    other = _asset(session, actor, one.counter_asset_id)
    outside = party_cell(session, actor, "funding source", one.funding_source_id)
    nothing = cells.text("")
    is_in = comes_in(one)
    return [
        fact("Source wallet", other if is_in else own),
        fact("Dest wallet", own if is_in else other),
        fact("Source funding", outside if is_in else nothing),
        fact("Dest funding", nothing if is_in else outside),
    ]


def _context(session: Session, actor: Actor, one: Transaction) -> cells.Cell:
    if one.context_kind is None:
        return cells.text("")
    named = one.context_kind.replace("_", " ").capitalize()
    known = f"{named} {one.context_id}"
    return party_cell(session, actor, one.context_kind, one.context_id, otherwise=known)


def _other_side(session: Session, actor: Actor, one: Transaction) -> cells.Cell:
    """Return who stands on the other side: a bank account, what was typed, a client, the house."""
    if one.funding_source_id is not None:
        return party_cell(session, actor, "funding source", one.funding_source_id)
    typed = one.source if comes_in(one) else one.beneficiary
    counter = session.get(Asset, one.counter_asset_id) if one.counter_asset_id else None
    if counter is not None and counter.client_id is not None:
        return party_cell(session, actor, "client", counter.client_id, otherwise="Another customer")
    return cells.text(typed) if typed else _asset(session, actor, one.counter_asset_id)


def _asset(session: Session, actor: Actor, asset_id: int | None) -> cells.Cell:
    asset = session.get(Asset, asset_id) if asset_id else None
    if asset is None:
        return cells.text("")
    return party_cell(session, actor, "asset", asset.id, otherwise=asset.title())
