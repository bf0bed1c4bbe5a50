"""What a page shows of charges."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import Session

from app.charges.models import Charge, ChargeDue
from app.controls.usage import used_by
from app.kernel.errors import INSUFFICIENT
from app.ledger.accounts import Account
from app.ledger.models import Asset


def why_waiting() -> ColumnElement[str]:
    """Return why a charge that fell due is not taken yet, in words that follow a number.

    Each one's own reason names its account; this one may be shown to all.
    """
    return case(
        (ChargeDue.reason == "", "wait for the close of business"),
        (ChargeDue.reason == INSUFFICIENT, "wait for money"),
        else_="wait because a status forbids it",
    )


def charges_of_assets(
    session: Session, organisation_id: int, asset_ids: Sequence[int], *, limit: int
) -> list[tuple[ChargeDue, Charge]]:
    """Return the charges of some assets for a page: what waits, then the newest."""
    query = (
        select(ChargeDue, Charge)
        .join(Charge, Charge.id == ChargeDue.charge_id)
        .where(ChargeDue.organisation_id == organisation_id, ChargeDue.asset_id.in_(asset_ids))
        .order_by(
            case((ChargeDue.state == "due", 0), else_=1),
            ChargeDue.due_on.desc(),
            ChargeDue.id.desc(),
        )
    )
    return [(row[0], row[1]) for row in session.execute(query.limit(limit))]


@used_by(Account, "charges")
def charges_of_account(row: Account) -> Select[int]:
    """Select the charges that are of one account."""
    mine = Charge.organisation_id == row.organisation_id
    return select(Charge.id).where(mine, Charge.account_id == row.id)


@used_by(Account, "charges due")
def dues_of_account(row: Account) -> Select[int]:
    """Select what fell due for the assets of an account."""
    assets = select(Asset.id).where(
        Asset.organisation_id == row.organisation_id, Asset.account_id == row.id
    )
    mine = ChargeDue.organisation_id == row.organisation_id
    return select(ChargeDue.id).where(mine, ChargeDue.asset_id.in_(assets))


@used_by(Asset, "charges due")
def dues_of_asset(row: Asset) -> Select[int]:
    """Select what fell due for an asset."""
    mine = ChargeDue.organisation_id == row.organisation_id
    return select(ChargeDue.id).where(mine, ChargeDue.asset_id == row.id)
