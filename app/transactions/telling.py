"""Tells managers of what is posted for their clients, those who chose to hear of it (W01.11)."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from app.clients.models import Client
from app.controls.commands import follows
from app.controls.work import Work
from app.kernel.money import format_minor
from app.kernel.portions import portions
from app.ledger.kinds import kind_name
from app.ledger.models import Transaction
from app.notices.models import POSTED, NoticeChoice
from app.notices.sending import notify
from app.transactions.settings import wants_postings

MOST_ONE_BY_ONE = 5
_CHUNK = 500


@follows
def tell_of_postings(work: Work) -> None:
    """Write a notice for each posted transaction; for many at once, one that counts them."""
    ids = work.posted_transaction_ids
    if not ids or not wants_postings(work.actor.organisation_id):
        return
    found: dict[int, list[Any]] = defaultdict(list)
    for part in portions(ids, _CHUNK):
        for row in work.session.execute(_query(work, part)):
            found[row.manager_id].append(row)
    for manager_id, rows in found.items():
        if len(rows) > MOST_ONE_BY_ONE:
            text = f"By {work.actor.name}, for your customers"
            title = f"{len(rows):,} transactions posted"
            href = "/admin/transactions"
            notify(work, [manager_id], kind=POSTED, title=title, text=text, href=href)
            continue
        for row in rows:
            amount = f"{format_minor(row.amount_minor, row.exponent)} {row.currency}"
            notify(
                work,
                [manager_id],
                kind=POSTED,
                title=f"{kind_name(row.kind)} posted: {amount}",
                text=f"{row.name}, {row.reference}, by {work.actor.name}",
                href=f"/admin/transactions/{row.id}",
                project_id=row.project_id,
            )


def _query(work: Work, ids: list[int]) -> Any:
    return (
        select(
            Transaction.id,
            Transaction.reference,
            Transaction.kind,
            Transaction.amount_minor,
            Transaction.exponent,
            Transaction.currency,
            Transaction.project_id,
            Client.manager_id,
            Client.name,
        )
        .join(Client, Client.id == Transaction.client_id)
        .join(NoticeChoice, NoticeChoice.user_id == Client.manager_id)
        .where(Transaction.id.in_(ids), NoticeChoice.on_posting)
        .where(Client.manager_id != (work.actor.user_id or 0))
        .order_by(Transaction.id)
    )
