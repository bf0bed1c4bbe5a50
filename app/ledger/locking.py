"""The one locking read before money moves: assets with their account, client and organisation."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.db.session import database
from app.kernel.errors import Conflict, Missing
from app.ledger.house import NOT_BY_HAND, is_kept_by_itself
from app.ledger.locking_read import DATE, DATES, FEW, NOBODY, ORGANISATION, WIDTH, statement

_BOTH, _UNLIMITED = (True, False), (False,)
_BY_ITSELF = frozenset({"revaluation", "reversal"})


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
    client_email: str | None
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

    def demand_usable(self, side: str, *, kind: str = "") -> None:
        """Refuse with 409 when a flag of the asset, its account or its client forbids entries.

        `side` is that of the entry, "D" or "C": the account's status allows each by itself, and an
        account without a status allows both (E21.05-06). `kind` is that of a posting: what the
        house keeps by itself is booked by no other.
        """
        if kind not in _BY_ITSELF and is_kept_by_itself(self.account_purpose):
            raise Conflict(NOT_BY_HAND.format(number=self.account_number))
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


def read_lines(work: Work, asset_ids: Iterable[int]) -> dict[int, LockedAsset]:
    """Return assets as they are at this moment, unlocked: to judge what is not posted yet.

    One that is gone is left out.
    """
    work.channel.flush()
    ids = sorted(set(asset_ids))
    found: dict[int, LockedAsset] = {}
    for is_limited in _BOTH if ids else ():
        rows = _read(work, ids, {}, is_limited=is_limited, is_locking=False)
        found |= {row[0]: LockedAsset(*row) for row in rows}
    return found


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
        asset, house = LockedAsset(*row[:WIDTH]), row[WIDTH:]
        _demand_scope(work, asset)
        if house[0] is not None and house[0] not in houses:
            organisation = row[WIDTH - len(ORGANISATION) : WIDTH]
            houses[house[0]] = LockedAsset(*house, *NOBODY, *organisation)
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
            rows += _read(work, ids, house, is_limited=is_limited, is_locking=True)
    if len(rows) < len(ids):
        raise Missing
    return rows


def _read(
    work: Work, ids: list[int], house: dict[str, Any], *, is_limited: bool, is_locking: bool
) -> Sequence[Any]:
    number = len(ids) if len(ids) <= FEW else None
    for_postgresql = database.is_postgresql
    values = {"organisation": work.actor.tenant_id, **house}
    if number is None:
        values["ids"] = ids if for_postgresql else json.dumps(ids)
    else:
        values |= {f"id_{place}": one for place, one in enumerate(ids)}
    sql = statement(
        number,
        is_limited=is_limited,
        is_locking=is_limited and is_locking,
        has_house=bool(house),
        for_postgresql=for_postgresql,
    )
    rows = work.channel.fetch(sql, values)
    if for_postgresql:
        return rows
    dates = slice(DATE, DATE + DATES)
    return [
        (*row[:DATE], *(one and date.fromisoformat(one) for one in row[dates]), *row[dates.stop :])
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
