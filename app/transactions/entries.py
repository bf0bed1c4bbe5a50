"""The lines of a transaction as its page shows them: debit beside credit, batch by batch."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.tenant import Organisation
from app.kernel.money import format_minor
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Transaction
from app.web import cells

_SOURCES = {"MANUAL": "manual rate", "CBK": "central bank rate", "THIRD_PARTY": "third-party rate"}


def entries_view(session: Session, one: Transaction) -> dict[str, Any]:
    """Return the batches with their lines, and both totals in base currency (E41.43, E41.44).

    Of one that waits, the lines are those that will be posted.
    """
    kept = one.lines or []
    entries = _posted(session, one)
    lines = [_of_entry(entry) for entry in entries] or [dict(line) for line in kept]
    if entries and len(entries) == len(kept):
        lines = [line | _typed_of(row) for line, row in zip(lines, kept, strict=True)]
    return lines_view(session, lines, one.organisation_id) | {"is_posted": bool(entries)}


def lines_view(
    session: Session, lines: Sequence[Mapping[str, Any]], organisation_id: int
) -> dict[str, Any]:
    """Return lines that are not posted yet in the same way, of whatever record they will be."""
    assets = _assets(session, {line["asset_id"] for line in lines})
    tenant = session.get_one(Organisation, organisation_id)
    batches: dict[int, dict[str, Any]] = {}
    for line in lines:
        batch = batches.setdefault(
            line["batch"], {"number": line["batch"], "code": line["code"], "D": [], "C": []}
        )
        batch[line["side"]].append(_shown(line, assets[line["asset_id"]], tenant))
    return {
        "is_posted": False,
        "batches": list(batches.values()),
        "several": len(batches) > 1,
        "totals": [
            {
                "label": f"Total {name} (LCY)",
                "cell": cells.money(
                    sum(line["base_minor"] for line in lines if line["side"] == side),
                    tenant.base_exponent,
                    tenant.base_currency,
                ),
            }
            for side, name in (("D", "Debit"), ("C", "Credit"))
        ],
    }


def _posted(session: Session, one: Transaction) -> Sequence[Entry]:
    query = select(Entry).where(Entry.transaction_id == one.id)
    return session.scalars(query.order_by(Entry.line)).all()


def _of_entry(entry: Entry) -> dict[str, Any]:
    return {
        "asset_id": entry.asset_id,
        "side": entry.side,
        "amount_minor": entry.amount_minor,
        "base_minor": entry.base_minor,
        "bucket": entry.bucket,
        "code": entry.code,
        "narrative": entry.narrative,
        "after_minor": entry.balance_after_minor,
        "batch": 1,
    }


def _typed_of(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"batch": row["batch"], "typed": row.get("typed")}


def _assets(session: Session, asset_ids: set[int]) -> dict[int, Any]:
    query = (
        select(Asset.id, Asset.uid, Asset.currency, Asset.exponent)
        .add_columns(Account.number, Account.name, Client.name.label("owner"))
        .join(Account, Account.id == Asset.account_id)
        .outerjoin(Client, Client.id == Asset.client_id)
        .where(Asset.id.in_(asset_ids))
    )
    return {row.id: row for row in session.execute(query)}


def _shown(line: Mapping[str, Any], asset: Any, tenant: Organisation) -> dict[str, Any]:
    after, typed = line.get("after_minor"), line.get("typed")
    is_base = asset.currency == tenant.base_currency
    base = cells.money(line["base_minor"], tenant.base_exponent, tenant.base_currency)
    return {
        "account": asset.number,
        "owner": asset.owner or asset.name,
        "asset": asset.uid,
        "href": f"/admin/assets/{asset.id}",
        "amount": cells.money(line["amount_minor"], asset.exponent, asset.currency),
        "base": None if is_base else base,
        "narrative": line["narrative"],
        "bonus": line["bucket"] == "bonus",
        "typed": _as_typed(typed) if typed else "",
        "after": cells.money(after, asset.exponent, asset.currency) if after is not None else None,
    }


def _as_typed(typed: Mapping[str, Any]) -> str:
    """Say what was typed where the account has another currency: "100.00 USD at 129.35"."""
    amount = f"{format_minor(typed['amount_minor'], typed['exponent'])} {typed['currency']}"
    rate = f"at {typed['rate']}, " if typed.get("rate") else "at the "
    on = f" of {typed['rate_on']}" if typed.get("rate_on") else ""
    return f"{amount} {rate}{_SOURCES.get(typed['source'], 'system mid rate')}{on}"
