"""Who may sign for an account on a day and for an amount, and who signed for a transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.controls.tenant import Organisation
from app.kernel.money import convert_minor, format_minor
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.mandates.models import KINDS, Mandate, Signature
from app.mandates.rules import Signatory, may_sign_alone
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
        *_holding_on(day),
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
    taken = {currency or account.currency: amount_minor}
    rows = _currencies(session, account.organisation_id, {*taken, account.currency})
    mandates = active_mandates(session, account, tenant.business_date)
    return _as_signatories(tenant, account, mandates, taken=taken, rows=rows)


def jointly_signed(
    session: Session, organisation_id: int, lines: Iterable[tuple[int, str, int]]
) -> list[tuple[Account, list[Signatory]]]:
    """Return the accounts that lines take from what no single holder may sign for, and who may.

    A line is an asset, "D" or "C", and an amount in minor units. What is taken of an asset is what
    its debits come to above its credits; the house's own accounts are not signed for.
    """
    net: dict[int, int] = defaultdict(int)
    for asset_id, side, minor in lines:
        net[asset_id] += minor if side == "D" else -minor
    debited = {asset_id: minor for asset_id, minor in net.items() if minor > 0}
    if not debited:
        return []
    tenant = session.get_one(Organisation, organisation_id)
    query = (
        select(Asset.id, Asset.currency, Account, Mandate)
        .join(Account, Account.id == Asset.account_id)
        .outerjoin(
            Mandate,
            and_(
                Mandate.organisation_id == Account.organisation_id,
                Mandate.account_id == Account.id,
                *_holding_on(tenant.business_date),
            ),
        )
        .where(
            Asset.organisation_id == organisation_id,
            Asset.id.in_(debited),
            Account.holder != "internal",
        )
        .order_by(Account.id, Mandate.id)
    )
    found: dict[Account, tuple[dict[str, int], dict[int, Mandate]]] = {}
    for asset_id, currency, account, mandate in session.execute(query):
        taken, mandates = found.setdefault(account, ({}, {}))
        taken[currency] = debited[asset_id]
        if mandate is not None:
            mandates[mandate.id] = mandate
    return _joint_of(session, tenant, found)


def jointly_signed_for(session: Session, record: Any) -> list[tuple[Account, list[Signatory]]]:
    """Return the accounts that the lines kept by a record take from so; see `jointly_signed`."""
    lines = ((one["asset_id"], one["side"], one["amount_minor"]) for one in record.lines or ())
    return jointly_signed(session, record.organisation_id, lines)


def levels_for_joint_hands(session: Session, record: Any) -> int:
    """Return one level, another's decision, for what no single holder signs for (ADR 20)."""
    return 1 if jointly_signed_for(session, record) else 0


def _joint_of(
    session: Session,
    tenant: Organisation,
    found: Mapping[Account, tuple[dict[str, int], dict[int, Mandate]]],
) -> list[tuple[Account, list[Signatory]]]:
    limited = {
        code
        for account, (taken, mandates) in found.items()
        if any(one.limit_minor is not None for one in mandates.values())
        for code in (account.currency, *taken)
    }
    rows = _currencies(session, tenant.id, limited) if limited else {}
    judged = [
        (account, _as_signatories(tenant, account, mandates.values(), taken=taken, rows=rows))
        for account, (taken, mandates) in found.items()
    ]
    return [
        (account, signatories)
        for account, signatories in judged
        if not may_sign_alone(account.signing_rule, signatories)
    ]


def _holding_on(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Mandate.revoked_at.is_(None),
        Mandate.effective_from <= day,
        or_(Mandate.effective_to.is_(None), Mandate.effective_to >= day),
    )


def _as_signatories(
    tenant: Organisation,
    account: Account,
    mandates: Iterable[Mandate],
    *,
    taken: Mapping[str, int],
    rows: Mapping[str, OrganisationCurrency],
) -> list[Signatory]:
    """Return whose hands these are; `taken` are minor units by currency."""

    def in_base(code: str, minor: int) -> int:
        row = rows[code]
        return convert_minor(
            minor, row.mid_rate, exponent=row.exponent, base_exponent=tenant.base_exponent
        )

    def exceeded(one: Mandate) -> str | None:
        if one.limit_minor is None:
            return None
        if set(taken) == {account.currency}:
            limit, wanted = one.limit_minor, taken[account.currency]
        else:
            limit = in_base(account.currency, one.limit_minor)
            wanted = sum(in_base(code, minor) for code, minor in taken.items())
        return shown_limit(one, rows[account.currency]) if wanted > limit else None

    return [
        Signatory(one.id, one.name, KINDS[one.kind], exceeded(one), one.signatory_client_id)
        for one in mandates
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
