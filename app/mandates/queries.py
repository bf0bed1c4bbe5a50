"""Who may sign for an account on a day and for an amount, and who signed for a transaction."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.controls.tenant import Organisation
from app.kernel.money import convert_minor, format_minor
from app.ledger.accounts import Account
from app.mandates.models import KINDS, Mandate, Signature
from app.mandates.rules import Signatory
from app.organisation.models import OrganisationCurrency


def mandates_of(session: Session, account: Account) -> Sequence[Mandate]:
    """Return all mandates of an account, those that run first."""
    query = select(Mandate).where(
        Mandate.organisation_id == account.organisation_id, Mandate.account_id == account.id
    )
    return session.scalars(query.order_by(Mandate.revoked_at.is_not(None), Mandate.id)).all()


def active_mandates(session: Session, account: Account, day: date) -> Sequence[Mandate]:
    """Return the mandates that hold on a business day."""
    query = select(Mandate).where(
        Mandate.organisation_id == account.organisation_id,
        Mandate.account_id == account.id,
        Mandate.revoked_at.is_(None),
        Mandate.effective_from <= day,
        or_(Mandate.effective_to.is_(None), Mandate.effective_to >= day),
    )
    return session.scalars(query.order_by(Mandate.id)).all()


def other_mandate_of(session: Session, mandate: Mandate) -> Mandate | None:
    """Return another mandate of the same customer for the account, some day of it the same."""
    if mandate.signatory_client_id is None:
        return None
    ends = mandate.effective_to
    query = select(Mandate).where(
        Mandate.organisation_id == mandate.organisation_id,
        Mandate.account_id == mandate.account_id,
        Mandate.signatory_client_id == mandate.signatory_client_id,
        Mandate.id != mandate.id,
        Mandate.revoked_at.is_(None),
        or_(Mandate.effective_to.is_(None), Mandate.effective_to >= mandate.effective_from),
        *((Mandate.effective_from <= ends,) if ends is not None else ()),
    )
    return session.scalars(query.order_by(Mandate.id).limit(1)).first()


def signatories_of(
    session: Session, account: Account, *, amount_minor: int = 0, currency: str | None = None
) -> list[Signatory]:
    """Return who may sign today, each with the limit that an amount would exceed.

    An amount in another currency than the account's is compared at the mid rates.
    """
    tenant = session.get_one(Organisation, account.organisation_id)
    currency = currency or account.currency
    rows = _currencies(session, account.organisation_id, {currency, account.currency})
    own = rows[account.currency]

    def exceeded(one: Mandate) -> str | None:
        if one.limit_minor is None:
            return None
        limit, wanted = one.limit_minor, amount_minor
        if currency != account.currency:
            limit, wanted = (
                convert_minor(
                    minor,
                    row.mid_rate,
                    exponent=row.exponent,
                    base_exponent=tenant.base_exponent,
                )
                for minor, row in ((limit, own), (wanted, rows[currency]))
            )
        return shown_limit(one, own) if wanted > limit else None

    return [
        Signatory(one.id, one.name, KINDS[one.kind], exceeded(one), one.signatory_client_id)
        for one in active_mandates(session, account, tenant.business_date)
    ]


def shown_limit(one: Mandate, currency: OrganisationCurrency) -> str:
    """Write a mandate's limit with its currency; no limit is nothing."""
    if one.limit_minor is None:
        return ""
    return f"{format_minor(one.limit_minor, currency.exponent)} {currency.code}"


def currency_of(session: Session, account: Account) -> OrganisationCurrency:
    """Return the currency that an account's limits are in."""
    return _currencies(session, account.organisation_id, {account.currency})[account.currency]


def signatures_of(session: Session, transaction: Any) -> Sequence[Signature]:
    """Return who signed for a transaction."""
    query = select(Signature).where(
        Signature.organisation_id == transaction.organisation_id,
        Signature.transaction_id == transaction.id,
    )
    return session.scalars(query.order_by(Signature.id)).all()


def _currencies(
    session: Session, organisation_id: int, codes: set[str]
) -> dict[str, OrganisationCurrency]:
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == organisation_id,
        OrganisationCurrency.code.in_(codes),
    )
    return {row.code: row for row in session.scalars(query)}
