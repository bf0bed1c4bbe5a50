"""A transaction's page: General, Owner, Source, Destination, its entries, workflow, history."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import User
from app.assets.amounts import signed_amount
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.ledger.accounts import Account
from app.ledger.kinds import comes_in, kind_name
from app.ledger.models import Asset, Transaction
from app.mandates.pages import joint_card, signed_card
from app.organisation.models import Branch, OrganisationCurrency, Project
from app.records.pages import record_badge
from app.records.workflow import workflow_panel
from app.reference.models import TransactionStatus, TransactionSubType
from app.trail.changes import changed_rows
from app.trail.pages import tabs_of
from app.transactions.cards import danger_of, may_reverse, side_of
from app.transactions.entries import entries_view
from app.transactions.gateways import obstacle_to_sync
from app.transactions.history import Happening, history_of
from app.transactions.parties import line_source, parties, wallets
from app.transactions.queries import told_amount
from app.transactions.review import TRANSACTION
from app.transactions.stages import amounts, failure, stages
from app.transactions.words import ARROWS, PATH, TONES, has_receipt, processing_name
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

_TEXTS = {"journal": "Narrative", "reversal": "Reversal reason"}
_DIRECTIONS = {"in": "IN", "out": "OUT", "both": "IN and OUT"}


def transaction_detail(
    session: Session, actor: Actor, one: Transaction, *, tab: str = ""
) -> dict[str, Any]:
    """Return the "Transaction Information" of one transaction (W09.55-60).

    `tab` is the end of the tab's address; the head with type, amount and status is on each.
    """
    amount = amount_of(session, one)
    client = session.get(Client, one.client_id) if one.client_id is not None else None
    whose = f"{client.name} · " if client is not None else ""
    return {
        "title": "Transaction Information",
        "subtitle": f"{ARROWS[one.direction]} {kind_name(one.kind)} · {amount['text']} "
        f"{amount['currency']} · {whose}{one.reference}",
        "ident": one.public_id,
        "badges": _badges(one),
        "badge": None,
        "back": {"label": "Transactions", "href": PATH},
        "actions": _actions(session, actor, one),
        "cards": [] if tab else _cards(session, actor, one),
        "tabs": _tabs(actor, one, tab),
        "timeline": None if tab else timeline_of(session, one),
        "version": one.version,
        "workflow": None,
    } | ({} if tab else _beside(session, actor, one))


def _badges(one: Transaction) -> list[dict[str, str]]:
    processing = {"text": processing_name(one.processing), "tone": TONES[one.processing]}
    return [record_badge(one), *([processing] if one.retired_at is None else [])]


def _beside(session: Session, actor: Actor, one: Transaction) -> dict[str, Any]:
    """Return what stands beside the sections: workflow, reversal, record, entries, danger."""
    is_over = one.is_editable and one.is_final
    workflow = None if is_over else workflow_panel(session, actor, TRANSACTION, one)
    return {
        "workflow": workflow,
        "side_extra": "transactions/_side.html",
        "side": side_of(session, actor, one),
        "entries": entries_view(session, one),
    } | danger_of(actor, one)


def signing_cards(session: Session, one: Transaction) -> list[dict[str, Any]]:
    """Return the card of who signed at the counter, or, of a waiting journal, who has to."""
    return joint_card(session, one) if one.kind == "journal" else signed_card(session, one)


def timeline_of(session: Session, one: Transaction) -> list[dict[str, Any]]:
    """Return the history as the timeline shows it: who, what, how and when."""
    return [_happened(line, one.currency) for line in history_of(session, one)]


def currency_detail(currency: OrganisationCurrency) -> dict[str, Any]:
    """Return what a click on a currency shows (W09.10)."""
    rows = [
        fact("Code", cells.ident(currency.code)),
        fact("Name", cells.text(currency.name)),
        fact("Kind", cells.text(currency.kind.title())),
        fact("Decimals", cells.text(currency.exponent)),
        fact("Mid rate", cells.text(format(currency.mid_rate, "f"))),
        fact("Rate of", cells.day(currency.rate_date)),
        fact("Rate source", cells.text(currency.rate_source)),
    ]
    return {
        "title": currency.name,
        "subtitle": currency.code,
        "ident": "",
        "badge": None,
        "back": {"label": "Transactions", "href": PATH},
        "actions": [],
        "cards": [{"title": "Currency", "rows": rows, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": currency.version,
    }


def may_correct(actor: Actor, one: Transaction) -> bool:
    """Whether this person may correct the transaction: its maker, while it is a draft."""
    return (
        one.is_editable
        and not one.is_final
        and one.kind != "reversal"
        and one.maker_id == actor.user_id
        and holds(actor, "transactions.edit")
    )


def _cards(session: Session, actor: Actor, one: Transaction) -> list[dict[str, Any]]:
    """Return the sections; a journal and its reversal have no one source and destination."""
    cards = [_general(session, one), *failure(one), _owner(session, actor, one)]
    if one.judged_kind() == "journal":
        cards += [*signing_cards(session, one), *line_source(session, actor, one)]
    else:
        wallet_rows = wallets(session, actor, one)
        cards += [
            _source(one, wallet_rows),
            _destination(session, one, wallet_rows),
            *amounts(session, one),
            {"title": "Parties", "rows": parties(session, actor, one), "open": True},
            *signing_cards(session, one),
        ]
    return [*cards, stages(one)]


def _tabs(actor: Actor, one: Transaction, tab: str) -> list[dict[str, Any]]:
    tabs = tabs_of(actor, f"{PATH}/{one.id}", "/history" if tab == "/changes" else tab)
    # The address of the timeline alone, which rows of the list open, is older than the tab.
    return [
        item | {"href": f"{PATH}/{one.id}/changes"} if item["label"] == "History" else item
        for item in tabs
    ]


def amount_of(session: Session, one: Transaction) -> cells.Cell:
    """Show the amount that a transaction is told by, with its sign."""
    told = told_amount(session, one)
    return signed_amount(
        told.minor, exponent=told.exponent, currency=told.currency, direction=one.direction
    )


def _actions(session: Session, actor: Actor, one: Transaction) -> list[dict[str, Any]]:
    path = f"{PATH}/{one.id}"
    actions = []
    if may_correct(actor, one) and one.kind == "journal":
        actions.append(row_action("Edit", f"{path}/edit-lines", "pencil", primary=True))
    elif may_correct(actor, one):
        actions.append(row_action("Edit", f"{path}/amend", "pencil", drawer=True, primary=True))
    if has_receipt(one):
        actions.append(row_action("Receipt", f"{path}/receipt", "receipt"))
    if may_reverse(session, actor, one):
        actions.append(row_action("Reverse", f"{path}/reverse", "undo-2", dialog=True))
    if holds(actor, "transactions.change-status") and obstacle_to_sync(one) is None:
        sync = row_action("Sync status", f"{path}/sync", "refresh-cw", dialog=True, primary=True)
        actions.append(sync)
    actions.append(row_action("History", f"{path}/history", "history", drawer=True))
    if holds(actor, "hook-configs.view"):
        told = f"/admin/postbacks?record=transaction-{one.id}"
        actions.append(row_action("Related postbacks", told, "webhook"))
    may_describe = one.kind != "reversal" and one.retired_at is None
    if may_describe and holds(actor, "transactions.edit-description"):
        actions.append(row_action("Edit description", f"{path}/edit", "pencil", drawer=True))
    return actions


def _general(session: Session, one: Transaction) -> dict[str, Any]:
    project = session.get(Project, one.project_id) if one.project_id else None
    branch = session.get(Branch, one.branch_id)
    sub_type = session.get(TransactionSubType, one.sub_type_id) if one.sub_type_id else None
    manager = session.get(User, one.manager_id) if one.manager_id else None
    currency = cells.text(one.currency, href=f"{PATH}/currencies/{one.currency}", drawer=False)
    rows = [
        fact("Status", _status(session, one)),
        fact("Entity id", cells.text(one.external_id)),
        fact("Currency", currency),
        fact("Amount", amount_of(session, one)),
        fact("Kind", cells.text(kind_name(one.kind))),
        fact("Type", cells.text(_DIRECTIONS[one.direction])),
        fact("Sub-type", cells.text(sub_type.name if sub_type else "")),
        fact("Provider", cells.text(one.provider)),
        fact("ID", cells.ident(one.public_id)),
        fact("UID", cells.ident(one.uid)),
        fact("Reference", cells.ident(one.reference)),
        fact("Posting date", cells.day(one.posting_date)),
        *([fact("Handed in for", cells.day(one.handed_in_for))] if one.handed_in_for else []),
        fact("Value date", cells.day(one.value_date)),
        fact("Created at", cells.instant(one.created_at)),
        fact("Updated at", cells.instant(one.updated_at)),
        fact(_TEXTS.get(one.kind, "Description"), cells.text(one.description)),
        fact("Project", cells.text(project.name if project else "")),
        fact("Branch", cells.text(branch.name if branch else "")),
        fact("Manager", cells.text(manager.name if manager else "")),
        fact("Operation manager", cells.text(one.operator_name)),
        fact("Version", cells.text(one.version)),
    ]
    return {"title": "General", "rows": rows, "open": True}


def _status(session: Session, one: Transaction) -> cells.Cell:
    """Show the project's own word for where it stands, or that it was deleted."""
    if one.retired_at is not None:
        return cells.badge("Deleted", "danger")
    status = session.get(TransactionStatus, one.status_id) if one.status_id else None
    if status is None:
        return cells.badge(processing_name(one.processing), TONES[one.processing])
    return cells.badge(status.name, f"c-{status.colour}")


def _owner(session: Session, actor: Actor, one: Transaction) -> dict[str, Any]:
    account = session.get(Account, one.account_id)
    asset = session.get(Asset, one.asset_id)
    client = None
    if one.client_id is not None:
        query = select(Client).where(*visible(actor, Client), Client.id == one.client_id)
        client = session.scalars(query).one_or_none()
    is_several = account is not None and account.client_id is not None
    nobody = "Several customers" if is_several else "The house itself"
    rows = [
        fact("Customer name", cells.text(client.name if client else nobody)),
        fact("Email", cells.text(client.email if client else "")),
    ]
    if client is not None:
        href = f"/admin/clients/{client.id}"
        rows.append(fact("Profile", cells.text(client.number, href=href, drawer=False)))
    if account is not None:
        href = f"/admin/accounts/{account.id}"
        rows.append(fact("Account", cells.text(account.number, href=href, drawer=False)))
    if asset is not None:
        rows.append(
            fact("Asset", cells.text(asset.uid, href=f"/admin/assets/{asset.id}", drawer=False))
        )
    return {"title": "Owner", "rows": rows, "open": True}


def _source(one: Transaction, wallet_rows: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [
        *(row for row in wallet_rows if row["label"].startswith("Source")),
        fact("Remitter", cells.text(one.source)),
        fact("Remitter email", cells.text(one.source_email)),
        fact("External ID", cells.text(one.external_id)),
        fact("Order ID", cells.text(one.order_id)),
        fact("Hash", cells.text(one.network_hash)),
        fact("Fees", cells.money(one.fee_minor, one.exponent, one.currency)),
    ]
    return {"title": "Source", "rows": rows, "open": True}


def _destination(
    session: Session, one: Transaction, wallet_rows: list[dict[str, Any]]
) -> dict[str, Any]:
    asset_id = one.asset_id if comes_in(one) else one.counter_asset_id
    asset = session.get(Asset, asset_id) if asset_id else None
    account = session.get(Account, asset.account_id) if asset else None
    rows = [
        *(row for row in wallet_rows if row["label"].startswith("Dest")),
        fact("Beneficiary", cells.text(one.beneficiary)),
        fact("Address", cells.text(asset.address if asset else "")),
        fact("Account", cells.text(account.title() if account else "")),
    ]
    return {"title": "Destination", "rows": rows, "open": True}


def _happened(line: Happening, currency: str) -> dict[str, Any]:
    rows = changed_rows(line.changes, currency=currency)
    told = [f"{row['label'].capitalize()}: {row['before'] or '—'} → {row['after'] or '—'}"
            for row in rows]  # fmt: skip
    when = cells.instant(line.when)
    return {
        "title": line.what,
        "who": " · ".join(part for part in (line.who, line.how) if part),
        "when": when["text"],
        "when_title": when["title"],
        "text": ". ".join(part for part in (line.reason, *told) if part),
        "tone": line.tone,
    }
