"""The holder of an individual's account signs for it from its approval on (E33.20-24)."""

from sqlalchemy import select

from app.clients.models import Client, IdentityDocument
from app.controls.commands import follows
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.ledger.accounts import Account
from app.mandates.commands import write_mandate
from app.mandates.models import PRIMARY_HOLDER, Mandate
from app.reference.models import IdentityType


@follows
def give_holders_their_mandate(work: Work) -> None:
    """Write the mandate in the transaction that approves the account."""
    approved = [
        change.entity_id
        for change in work.changes
        if change.entity == "account" and change.status_after == AUTHORIZED != change.status_before
    ]
    for account_id in approved:
        _give(work, account_id or 0)


def _give(work: Work, account_id: int) -> None:
    """Name the customer with contact and first document; a company's signatories are added."""
    account = work.session.get_one(Account, account_id)
    client = work.session.get(Client, account.client_id) if account.client_id else None
    if client is None or client.kind != "individual":
        return
    kept = select(Mandate.id).where(
        Mandate.organisation_id == account.organisation_id, Mandate.account_id == account.id
    )
    if work.session.scalar(kept.limit(1)) is not None:
        return
    document = work.session.execute(
        select(IdentityDocument.reference, IdentityType.name)
        .join(IdentityType, IdentityType.id == IdentityDocument.identity_type_id)
        .where(
            IdentityDocument.organisation_id == account.organisation_id,
            IdentityDocument.client_id == client.id,
        )
        .order_by(IdentityDocument.id)
        .limit(1)
    ).one_or_none()
    write_mandate(
        work,
        account,
        kind=PRIMARY_HOLDER,
        name=client.name,
        signatory_client_id=client.id,
        effective_from=work.business_date,
        email=client.email,
        phone=client.phone,
        identity_type=document.name if document else "",
        identity_reference=document.reference if document else "",
    )
