"""The text of the read that comes before money moves, for each number of assets (locking.py)."""

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
from app.controls.tenant import Organisation
from app.db.channel import written
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.reference.codes import AccountStatus

_ASSET = (
    "id", "organisation_id", "account_id", "uid", "currency", "exponent", "is_limited",
    "is_active", "branch_id", "project_id", "client_id", "platform_id", "balance_minor",
    "bonus_minor", "held_minor", "overdraft_minor", "deposited_minor", "withdrawn_minor",
    "sequence", "head_hash",
)  # fmt: skip
_ACCOUNT = (
    "number", "account_type_id", "account_status_id", "record_status", "is_active", "purpose",
)  # fmt: skip
_CLIENT = ("record_status", "manager_id", "desk_id", "fee_group_id", "email")
_STATUS = ("name", "allow_debit", "allow_credit", "allow_cob")
ORGANISATION = (
    "business_date", "closed_through", "base_currency", "base_exponent", "configuration_version",
)  # fmt: skip
# The organisation's dates come first among what is read of it.
DATES = 2
DATE = len(_ASSET) + len(_ACCOUNT) + len(_CLIENT) + len(_STATUS)
WIDTH = DATE + len(ORGANISATION)

NOBODY = (None,) * len(_CLIENT + _STATUS)
FEW = 4


@cache
def statement(
    number: int | None, *, is_limited: bool, is_locking: bool, has_house: bool, for_postgresql: bool
) -> str:
    """Return a read, locking or not, of `number` assets, None for many, as the database's own text.

    A few are named one by one: PostgreSQL then plans once, where an array is planned at each call.
    """
    asset, account = Asset.__table__, Account.__table__
    client, organisation = Client.__table__, Organisation.__table__
    status = AccountStatus.__table__
    columns = [*_of(asset, _ASSET), *_of(account, _ACCOUNT), *_of(client, _CLIENT)]
    columns += [*_of(status, _STATUS), *_of(organisation, ORGANISATION)]
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
    # "+ 0" keeps the planner off the organisation's index: the id alone leads to the row, also
    # where the database has no statistics yet.
    tenant = bindparam("organisation", type_=BigInteger)
    mine = asset.c.organisation_id + literal_column("0") == tenant
    query = query.where(
        _among(asset.c.id, number, for_postgresql=for_postgresql),
        mine,
        asset.c.is_limited if is_limited else ~asset.c.is_limited,
    ).order_by(asset.c.id)
    if is_locking and for_postgresql:
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
