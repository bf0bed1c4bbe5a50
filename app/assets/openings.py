"""The opening balance of a new asset: a deposit that waits until the asset is activated.

A new asset takes no entries, so the balance typed for it is recorded as a deposit against the
branch's opening account and handed in for approval like any deposit. Authorized or not, it shows
in what the asset expects; it is posted as soon as it is authorized and its asset active (9.9).
"""

from sqlalchemy import select

from app.controls.approvals import submit
from app.controls.numbering import take_ids
from app.controls.review import AUTHORIZED, review_kinds
from app.controls.work import Work
from app.kernel.errors import Conflict
from app.kernel.money import convert_minor
from app.ledger.accounts import Account
from app.ledger.headers import named, owned
from app.ledger.house import house_asset
from app.ledger.locking import LockedAsset, lock_lines
from app.ledger.models import Asset, Transaction
from app.organisation.models import OrganisationCurrency
from app.reference.models import TransactionStatus, TransactionSubType

PURPOSE = "opening"
DESCRIPTION = "Opening balance"


def record_opening(work: Work, asset: Asset, amount_minor: int) -> int:
    """Record the deposit and hand it in; returns the transaction's id."""
    opening_id = house_asset(
        work,
        purpose=PURPOSE,
        branch_id=asset.branch_id,
        currency=asset.currency,
        exponent=asset.exponent,
    )
    locked = lock_lines(work, [asset.id])[asset.id]
    transaction = work.add(_deposit(work, locked, opening_id, amount_minor))
    # The kind is registered by the floor above, which posts what is authorized.
    submit(work, review_kinds["transaction"], transaction)
    return transaction.id


def post_openings(work: Work, asset_id: int) -> None:
    """Carry out what the authorisation of a waiting opening balance left for later."""
    opening = (
        select(Asset.id)
        .join(Account, Account.id == Asset.account_id)
        .where(Account.organisation_id == work.actor.tenant_id, Account.purpose == PURPOSE)
    )
    query = select(Transaction).where(
        Transaction.organisation_id == work.actor.tenant_id,
        Transaction.asset_id == asset_id,
        Transaction.counter_asset_id.in_(opening),
        Transaction.record_status == AUTHORIZED,
        Transaction.processing == "Pending",
    )
    carry_out = review_kinds["transaction"].authorised
    for transaction in work.session.scalars(query.with_for_update()).all():
        if carry_out is not None:
            carry_out(work, transaction)


def _deposit(work: Work, asset: LockedAsset, opening_id: int, amount_minor: int) -> Transaction:
    (transaction_id,) = take_ids(work, "transaction", 1)
    base_minor, rate = _in_base(work, asset, amount_minor)
    shared = {
        "amount_minor": amount_minor,
        "base_minor": base_minor,
        "rate": rate,
        "rate_source": "SYSTEM",
        "bucket": "real",
    }
    return Transaction(
        **named(work, transaction_id),
        **owned(asset),
        kind="deposit",
        direction="in",
        processing="Pending",
        status_id=_labelled(work, TransactionStatus, asset.project_id, "pending"),
        sub_type_id=_labelled(work, TransactionSubType, asset.project_id, "deposit"),
        counter_asset_id=opening_id,
        amount_minor=amount_minor,
        base_minor=base_minor,
        posting_date=work.closing_day or asset.business_date,
        value_date=work.closing_day or asset.business_date,
        description=DESCRIPTION,
        source=DESCRIPTION,
        lines=[
            {"asset_id": opening_id, "side": "D"} | shared,
            {"asset_id": asset.id, "side": "C"} | shared,
        ],
    )


def _in_base(work: Work, asset: LockedAsset, amount_minor: int) -> tuple[int, str]:
    query = select(OrganisationCurrency.mid_rate).where(
        OrganisationCurrency.organisation_id == asset.organisation_id,
        OrganisationCurrency.code == asset.currency,
        OrganisationCurrency.retired_at.is_(None),
    )
    rate = work.session.scalar(query)
    if rate is None:
        raise Conflict(f"There is no exchange rate for {asset.currency}")
    base_minor = convert_minor(
        amount_minor, rate, exponent=asset.exponent, base_exponent=asset.base_exponent
    )
    return base_minor, format(rate, "f")


def _labelled(
    work: Work,
    model: type[TransactionStatus] | type[TransactionSubType],
    project_id: int | None,
    label: str,
) -> int | None:
    query = select(model.id).where(
        model.organisation_id == work.actor.tenant_id,
        model.project_id == project_id,
        model.label == label,
    )
    return work.session.scalar(query)
