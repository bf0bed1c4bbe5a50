"""The one locking read before money moves: assets with their account, client and organisation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, select, union_all

from app.clients.models import Client
from app.controls.review import AUTHORIZED
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.session import database
from app.kernel.errors import Conflict, Missing
from app.ledger.accounts import Account
from app.ledger.models import Asset


@dataclass(slots=True)
class LockedAsset:
    """An asset as the posting sees it. Its balances change while a batch is worked out."""

    id: int
    organisation_id: int
    account_id: int
    uid: str
    currency: str
    exponent: int
    is_limited: bool
    is_active: bool
    branch_id: int
    project_id: int | None
    client_id: int | None
    balance_minor: int
    bonus_minor: int
    held_minor: int
    overdraft_minor: int
    deposited_minor: int
    withdrawn_minor: int
    sequence: int
    head_hash: bytes | None
    account_number: str
    account_type_id: int | None
    account_status: str
    account_is_active: bool
    account_purpose: str | None
    client_name: str | None
    client_email: str | None
    client_status: str | None
    manager_id: int | None
    desk_id: int | None
    business_date: date
    base_currency: str
    base_exponent: int
    configuration_version: int
    may_self_authorise: bool

    @property
    def available_minor(self) -> int:
        """Ledger balance less holds, plus the permitted overdraft."""
        return self.balance_minor - self.held_minor + self.overdraft_minor

    def demand_usable(self) -> None:
        """Refuse with 409 when a flag of the asset, its account or its client forbids entries."""
        if not self.is_active:
            raise Conflict(f"Asset {self.uid} is inactive and cannot be transacted")
        if not self.account_is_active:
            raise Conflict(f"Account {self.account_number} is inactive")
        if self.account_status != AUTHORIZED:
            raise Conflict(f"Account {self.account_number} is not authorized")
        if self.client_id is not None and self.client_status != AUTHORIZED:
            raise Conflict("Customer is not authorized")


def lock_assets(work: Work, asset_ids: Iterable[int]) -> dict[int, LockedAsset]:
    """Lock the limited assets among `asset_ids` in id order and return all of them by id.

    Assets without a limit are read, not locked: they are appended to. An id outside of the
    organisation, or outside of the actor's scope, is refused with 404.
    """
    found = lock_lines(work, asset_ids)
    for asset in found.values():
        _demand_scope(work, asset)
    return found


def lock_lines(work: Work, asset_ids: Iterable[int]) -> dict[int, LockedAsset]:
    """Lock assets that a record inside the actor's scope refers to, whosever they are."""
    query = _locking if database.is_postgresql else _reading
    return _found(work, query, sorted(set(asset_ids)), {})


def lock_with_house(
    work: Work, asset_id: int, *, purpose: str, branch_id: int | None
) -> dict[int, LockedAsset]:
    """Lock one asset and read, in the same query, the house's asset of its currency.

    `branch_id` None means the asset's own branch. A house asset that is not open yet is missing
    from the answer.
    """
    query = _locking_with_house if database.is_postgresql else _reading_with_house
    found = _found(work, query, [asset_id], {"purpose": purpose, "branch": branch_id})
    _demand_scope(work, found[asset_id])
    return found


def _found(
    work: Work, query: Select[Any], wanted: list[int], house: dict[str, Any]
) -> dict[int, LockedAsset]:
    parameters = {"organisation": work.actor.tenant_id, "ids": wanted} | house
    if house:
        parameters["main"] = wanted[0]
    rows = work.session.execute(query, parameters).all()
    found = {row.id: LockedAsset(*row) for row in rows}
    if not found.keys() >= set(wanted):
        raise Missing
    return found


def _demand_scope(work: Work, asset: LockedAsset) -> None:
    if not work.actor.scope.covers(
        project_id=asset.project_id,
        desk_id=asset.desk_id,
        manager_id=asset.manager_id,
        client_id=asset.client_id,
        user_id=work.actor.user_id,
    ):
        raise Missing


def _joined(asset: Any) -> Select[Any]:
    return (
        select(
            *(asset.c[name] for name in _ASSET_COLUMNS),
            Account.number,
            Account.account_type_id,
            Account.record_status,
            Account.is_active,
            Account.purpose,
            Client.name,
            Client.email,
            Client.record_status,
            Client.manager_id,
            Client.desk_id,
            Organisation.business_date,
            Organisation.base_currency,
            Organisation.base_exponent,
            Organisation.configuration_version,
            Organisation.may_self_authorise,
        )
        .select_from(asset)
        .join(Account, Account.id == asset.c.account_id)
        .join(Organisation, Organisation.id == asset.c.organisation_id)
        .outerjoin(Client, Client.id == asset.c.client_id)
    )


_ASSET_COLUMNS = (
    "id", "organisation_id", "account_id", "uid", "currency", "exponent", "is_limited",
    "is_active", "branch_id", "project_id", "client_id", "balance_minor", "bonus_minor",
    "held_minor", "overdraft_minor", "deposited_minor", "withdrawn_minor", "sequence", "head_hash",
)  # fmt: skip


_table = Asset.__table__


def _wanted() -> Select[Any]:
    return select(*(_table.c[name] for name in _ASSET_COLUMNS)).where(
        _table.c.organisation_id == bindparam("organisation"),
        _table.c.id.in_(bindparam("ids", expanding=True)),
    )


def _house() -> Select[Any]:
    main = select(_table.c.branch_id, _table.c.currency).where(_table.c.id == bindparam("main"))
    main_asset = main.subquery("main")
    branch = func.coalesce(bindparam("branch", type_=BigInteger), main_asset.c.branch_id)
    return (
        select(*(_table.c[name] for name in _ASSET_COLUMNS))
        .join(Account, Account.id == _table.c.account_id)
        .join(main_asset, main_asset.c.currency == Account.currency)
        .where(
            Account.organisation_id == bindparam("organisation"),
            Account.purpose == bindparam("purpose"),
            Account.branch_id == branch,
        )
    )


def _locked() -> Select[Any]:
    limited = _wanted().where(_table.c.is_limited).order_by(_table.c.id).with_for_update()
    return select(limited.cte("locked"))


def _together(*parts: Select[Any]) -> Select[Any]:
    return _joined(union_all(*parts).subquery("asset"))


_unlimited = _wanted().where(~_table.c.is_limited)
_reading = _joined(_wanted().subquery("asset"))
_reading_with_house = _together(_wanted(), _house())
_locking = _together(_locked(), _unlimited)
_locking_with_house = _together(_locked(), _unlimited, _house())
