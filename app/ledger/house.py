"""The house's own accounts: a cash or clearing asset for each branch and currency.

What a purpose is kept for may stand behind a colon: "revaluation:USD" is in base currency, one
account for each foreign currency.
"""

from sqlalchemy import ColumnElement, Select, func, not_, select

from app.controls.numbering import take, take_ids
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.kernel.codes import identity
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset

PURPOSES = {
    "cash": ("Cash", "asset"),
    "clearing": ("Clearing", "liability"),
    "promotion": ("Promotion expense", "expense"),
    "opening": ("Opening balances", "liability"),
    "fees": ("Fee income", "income"),
    "position": ("Currency position", "liability"),
    "exchange": ("Exchange income", "income"),
    "revaluation": ("Currency revaluation", "liability"),
    "revaluation-gain": ("Revaluation gain", "income"),
    "revaluation-loss": ("Revaluation loss", "expense"),
    "tax": ("Tax payable", "liability"),
    "rounding": ("Rounding differences", "expense"),
}
# What revaluations have come to so far, by currency: nothing else is booked there.
_REVALUED = "revaluation:"
NOT_BY_HAND = "The account {number} is booked by revaluations alone."
_OF_PRODUCT = "product-"
_found: dict[tuple[int, int, str, str], int] = {}


def purpose_of(product_id: int) -> str:
    """Return the purpose of the house's accounts under a product that was chosen by its id."""
    return f"{_OF_PRODUCT}{product_id}"


def is_kept_by_itself(purpose: str | None) -> bool:
    """Tell whether a house account of a purpose is booked by revaluations alone."""
    return (purpose or "").startswith(_REVALUED)


def may_be_booked_by_hand() -> ColumnElement[bool]:
    """Return the clause that leaves such accounts out."""
    return not_(func.coalesce(Account.purpose, "").startswith(_REVALUED))


def house_asset(work: Work, *, purpose: str, branch_id: int, currency: str, exponent: int) -> int:
    """Return the id of the branch's house asset for a purpose, opening it at first use."""
    key = (work.actor.tenant_id, branch_id, purpose, currency)
    known = _found.get(key) or work.house_assets.get(key)
    if known is not None:
        return known
    query = (
        select(Asset.id)
        .join(Account, Account.id == Asset.account_id)
        .where(
            Account.organisation_id == key[0],
            Account.branch_id == branch_id,
            Account.purpose == purpose,
            Account.currency == currency,
        )
    )
    asset_id = work.session.scalar(query)
    if asset_id is None:
        # What this command opens may yet be rolled back, whole or to a savepoint: it is asked for.
        work.house_assets[key] = None
        return _open(
            work, query, purpose=purpose, branch_id=branch_id, currency=currency, exponent=exponent
        )
    if key not in work.house_assets:
        work.house_assets[key] = asset_id
        work.after_commit.append(lambda: _found.__setitem__(key, asset_id))
    return asset_id


def forget_house_assets() -> None:
    """Drop what is remembered, when the database changes."""
    _found.clear()


def _open(
    work: Work,
    query: Select[int],
    *,
    purpose: str,
    branch_id: int,
    currency: str,
    exponent: int,
) -> int:
    product = _product(work, purpose)
    # The product's row is locked by now: whoever came first has opened the asset and committed.
    if (asset_id := work.session.scalar(query)) is not None:
        return asset_id
    account = _open_account(work, product, purpose=purpose, branch_id=branch_id, currency=currency)
    (asset_id,) = take_ids(work, "asset", 1)
    known = known_currencies().get(currency)
    asset = Asset(
        organisation_id=account.organisation_id,
        **identity("cbas", asset_id),
        account_id=account.id,
        branch_id=branch_id,
        currency=currency,
        exponent=exponent,
        kind=known.kind if known else "custom",
        is_limited=False,
        is_active=True,
    )
    return work.add(asset).id


def _open_account(
    work: Work, product: Product, *, purpose: str, branch_id: int, currency: str
) -> Account:
    (number,) = take(work, "ACCOUNT")
    (account_id,) = take_ids(work, "account", 1)
    account = Account(
        organisation_id=work.actor.tenant_id,
        **identity("cbac", account_id),
        number=number,
        name=" ".join((product.name, *purpose.split(":")[1:], currency)),
        qr_code=f"QR-ACC-{number}",
        holder="internal",
        purpose=purpose,
        product_id=product.id,
        branch_id=branch_id,
        currency=currency,
        record_status=AUTHORIZED,
        levels_required=0,
        authorised_at=work.now,
    )
    return work.add(account)


def _product(work: Work, purpose: str) -> Product:
    query = select(Product).where(Product.organisation_id == work.actor.tenant_id)
    if purpose.startswith(_OF_PRODUCT):
        name = purpose
        query = query.where(Product.id == int(purpose.removeprefix(_OF_PRODUCT)))
    else:
        name, kind = PURPOSES[purpose.partition(":")[0]]
        # Names are nobody's own: the house's product is the first, which it was provisioned with.
        query = query.where(
            Product.name == name,
            Product.kind == kind,
            Product.record_status == AUTHORIZED,
            Product.retired_at.is_(None),
        )
    query = query.order_by(Product.id).limit(1).with_for_update(key_share=True)
    product = work.session.scalars(query).first()
    if product is None:
        raise Conflict(f"The chart of accounts has no product “{name}”")
    return product
