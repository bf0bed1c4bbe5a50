"""The one locking read before money moves: assets with their account, client and organisation."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    FromClause,
    String,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)

from app.clients.models import Client
from app.controls.review import AUTHORIZED
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.channel import written
from app.db.session import database
from app.kernel.errors import Conflict, Missing
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.reference.codes import AccountStatus


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
    platform_id: int | None
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
    account_status_id: int | None
    account_status: str
    account_is_active: bool
    account_purpose: str | None
    client_status: str | None
    manager_id: int | None
    desk_id: int | None
    fee_group_id: int | None
    status_name: str | None
    allow_debit: bool | None
    allow_credit: bool | None
    allow_cob: bool | None
    business_date: date
    closed_through: date | None
    base_currency: str
    base_exponent: int
    configuration_version: int

    @property
    def available_minor(self) -> int:
        """Ledger balance less holds, plus the permitted overdraft."""
        return self.balance_minor - self.held_minor + self.overdraft_minor

    def demand_usable(self, side: str) -> None:
        """Refuse with 409 when a flag of the asset, its account or its client forbids entries.

        `side` is that of the entry, "D" or "C": the account's status allows each by itself, and an
        account without a status allows both (E21.05-06).
        """
        if not self.is_active:
            raise Conflict(f"Asset {self.uid} is inactive and cannot be transacted")
        if not self.account_is_active:
            raise Conflict(f"Account {self.account_number} is inactive")
        if self.account_status != AUTHORIZED:
            raise Conflict(f"Account {self.account_number} is not authorized")
        if self.client_id is not None and self.client_status != AUTHORIZED:
            raise Conflict("Customer is not authorized")
        allowed = self.allow_debit if side == "D" else self.allow_credit
        if self.status_name is not None and not allowed:
            verb = "taken out" if side == "D" else "put in"
            raise self._barred(f"no money can be {verb}")

    def demand_open_to_close(self) -> None:
        """Refuse with 409 what the close would book where `open_to_close()` is untrue (E21.04)."""
        if self.status_name is not None and not self.allow_cob:
            raise self._barred("the close of business books nothing on it")

    def _barred(self, what: str) -> Conflict:
        return Conflict(f"Account {self.account_number} has the status {self.status_name}: {what}")


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
    return {row[0]: LockedAsset(*row) for row in _rows(work, asset_ids, _BOTH)}


def read_house_lines(work: Work, asset_ids: Iterable[int]) -> dict[int, LockedAsset]:
    """Return the house's own assets by id; none has a limit, so none is locked."""
    return {row[0]: LockedAsset(*row) for row in _rows(work, asset_ids, _UNLIMITED)}


def lock_with_house(
    work: Work, asset_ids: Iterable[int], *, purpose: str, branch_id: int | None
) -> dict[int, tuple[LockedAsset, LockedAsset | None]]:
    """Lock assets as `lock_assets` and read, in the same query, the house's asset beside each.

    It is the one of a purpose and of the asset's currency; `branch_id` None means the asset's own
    branch. None stands for a house asset that is not open yet.
    """
    rows = _rows(work, asset_ids, _BOTH, purpose=purpose, branch=branch_id)
    houses: dict[int, LockedAsset] = {}
    found = {}
    for row in rows:
        asset, house = LockedAsset(*row[:_WIDTH]), row[_WIDTH:]
        _demand_scope(work, asset)
        if house[0] is not None and house[0] not in houses:
            organisation = row[_WIDTH - len(_ORGANISATION) : _WIDTH]
            houses[house[0]] = LockedAsset(*house, *_NOBODY, *organisation)
        found[asset.id] = (asset, houses.get(house[0]))
    return found


def _rows(
    work: Work, asset_ids: Iterable[int], kinds: tuple[bool, ...], **house: Any
) -> list[Sequence[Any]]:
    """Read the assets, those with a limit first; refused (404) unless all are there."""
    work.channel.flush()  # what the command changed before is seen, as any query sees it
    ids = sorted(set(asset_ids))
    rows: list[Sequence[Any]] = []
    for is_limited in kinds:
        if len(rows) < len(ids):
            rows += _read(work, ids, house, is_limited=is_limited)
    if len(rows) < len(ids):
        raise Missing
    return rows


def _read(work: Work, ids: list[int], house: dict[str, Any], *, is_limited: bool) -> Sequence[Any]:
    number = len(ids) if len(ids) <= _FEW else None
    for_postgresql = database.is_postgresql
    values = {"organisation": work.actor.tenant_id, **house}
    if number is None:
        values["ids"] = ids if for_postgresql else json.dumps(ids)
    else:
        values |= {f"id_{place}": one for place, one in enumerate(ids)}
    sql = _statement(
        number, is_limited=is_limited, has_house=bool(house), for_postgresql=for_postgresql
    )
    rows = work.channel.fetch(sql, values)
    if for_postgresql:
        return rows
    dates = slice(_DATE, _DATE + _DATES)
    return [
        (*row[:_DATE], *(one and date.fromisoformat(one) for one in row[dates]), *row[dates.stop :])
        for row in rows
    ]


def _demand_scope(work: Work, asset: LockedAsset) -> None:
    if not work.actor.scope.covers(
        project_id=asset.project_id,
        desk_id=asset.desk_id,
        manager_id=asset.manager_id,
        client_id=asset.client_id,
        user_id=work.actor.user_id,
    ):
        raise Missing


_ASSET = (
    "id", "organisation_id", "account_id", "uid", "currency", "exponent", "is_limited",
    "is_active", "branch_id", "project_id", "client_id", "platform_id", "balance_minor",
    "bonus_minor", "held_minor", "overdraft_minor", "deposited_minor", "withdrawn_minor",
    "sequence", "head_hash",
)  # fmt: skip
_ACCOUNT = (
    "number", "account_type_id", "account_status_id", "record_status", "is_active", "purpose",
)  # fmt: skip
_CLIENT = ("record_status", "manager_id", "desk_id", "fee_group_id")
_STATUS = ("name", "allow_debit", "allow_credit", "allow_cob")
_ORGANISATION = (
    "business_date", "closed_through", "base_currency", "base_exponent", "configuration_version",
)  # fmt: skip
# The organisation's dates come first among what is read of it.
_DATES = 2
_DATE = len(_ASSET) + len(_ACCOUNT) + len(_CLIENT) + len(_STATUS)
_WIDTH = _DATE + len(_ORGANISATION)


_NOBODY = (None,) * len(_CLIENT + _STATUS)
_BOTH, _UNLIMITED = (True, False), (False,)
_FEW = 4


@cache
def _statement(
    number: int | None, *, is_limited: bool, has_house: bool, for_postgresql: bool
) -> str:
    """Return a locking read of `number` assets, None for many, as the database's own text.

    A few are named one by one: PostgreSQL then plans once, where an array is planned at each call.
    """
    asset, account = Asset.__table__, Account.__table__
    client, organisation = Client.__table__, Organisation.__table__
    status = AccountStatus.__table__
    columns = [*_of(asset, _ASSET), *_of(account, _ACCOUNT), *_of(client, _CLIENT)]
    columns += [*_of(status, _STATUS), *_of(organisation, _ORGANISATION)]
    source = (
        asset.join(account, account.c.id == asset.c.account_id)
        .join(organisation, organisation.c.id == asset.c.organisation_id)
        .outerjoin(client, client.c.id == asset.c.client_id)
        .outerjoin(status, status.c.id == account.c.account_status_id)
    )
    if has_house:
        house, its_account = asset.alias("house"), account.alias("house_account")
        columns += [*_of(house, _ASSET), *_of(its_account, _ACCOUNT)]
        source = source.outerjoin(
            its_account.join(house, _is_its_asset(house, its_account)),
            _is_house(asset, its_account),
        )
    query = select(*columns).select_from(source)
    # Plus nothing: the id alone leads to the row, also where the database has no statistics yet.
    tenant = bindparam("organisation", type_=BigInteger)
    mine = asset.c.organisation_id + literal_column("0") == tenant
    query = query.where(
        _among(asset.c.id, number, for_postgresql=for_postgresql),
        mine,
        asset.c.is_limited if is_limited else ~asset.c.is_limited,
    ).order_by(asset.c.id)
    if is_limited and for_postgresql:
        query = query.with_for_update(of=asset)
    return written(query, for_postgresql=for_postgresql)


def _of(table: FromClause, names: tuple[str, ...]) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in names]


def _is_house(asset: FromClause, account: FromClause) -> ColumnElement[bool]:
    branch = func.coalesce(bindparam("branch", type_=BigInteger), asset.c.branch_id)
    return and_(
        account.c.organisation_id == asset.c.organisation_id,
        account.c.currency == asset.c.currency,
        account.c.purpose == bindparam("purpose", type_=String),
        account.c.branch_id == branch,
    )


def _is_its_asset(house: FromClause, account: FromClause) -> ColumnElement[bool]:
    """Name all three columns of the key, else the whole of its index would be read."""
    return and_(
        house.c.organisation_id == account.c.organisation_id,
        house.c.account_id == account.c.id,
        house.c.currency == account.c.currency,
    )


def _among(
    column: ColumnElement[Any], number: int | None, *, for_postgresql: bool
) -> ColumnElement[bool]:
    if number is not None:
        return column.in_([bindparam(f"id_{place}", type_=BigInteger) for place in range(number)])
    if for_postgresql:
        return column == any_(bindparam("ids", type_=ARRAY(BigInteger)))
    listed = func.json_each(bindparam("ids", type_=String)).table_valued("value")
    return column.in_(select(listed.c.value))
