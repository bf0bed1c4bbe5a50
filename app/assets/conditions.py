"""Assets the system opens by itself: custom currencies marked "Create asset within condition"."""

from sqlalchemy import select

from app.assets.commands import open_asset
from app.controls.work import Work
from app.ledger.accounts import Account
from app.reference.models import ProjectCurrency


def open_conditioned_assets(work: Work, account: Account) -> None:
    """Open an asset in each currency that the account's project generates (W03.19).

    The condition is the account's project: every account opened in it gets the token. The assets
    start inactive, as every asset but the first does (W07.28).
    """
    if account.project_id is None:
        return
    query = select(ProjectCurrency.label).where(
        ProjectCurrency.organisation_id == account.organisation_id,
        ProjectCurrency.project_id == account.project_id,
        ProjectCurrency.creates_asset,
        ProjectCurrency.label != account.currency,
    )
    for currency in work.session.scalars(query.order_by(ProjectCurrency.id)).all():
        open_asset(work, account, currency=currency)
