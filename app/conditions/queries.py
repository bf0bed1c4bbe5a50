"""Which versions of conditions are in force on a day, for which products and accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.conditions.models import AccountCondition, BaseRate, ConditionAccount, ConditionProduct
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED, DENIED
from app.ledger.accounts import Account, Product


@dataclass(frozen=True, slots=True)
class Versions:
    """The authorized versions of all conditions of an organisation, and their base rates.

    A version that was superseded stays in force past its last day until the later one is
    authorized: an approval that is late must not stop an account's interest.
    """

    conditions: tuple[AccountCondition, ...]
    superseded: frozenset[int]
    rates: tuple[BaseRate, ...]
    rate_codes: dict[int, str]

    def on(self, day: date) -> dict[str, AccountCondition]:
        """Return the version in force on a day, by code."""
        found: dict[str, AccountCondition] = {}
        for one in self.conditions:
            if one.effective_from <= day:
                found[one.code] = one
        return {
            code: one
            for code, one in found.items()
            if one.effective_to is None or one.effective_to >= day or one.id in self.superseded
        }

    def as_closed(self, day: date, used: frozenset[int]) -> "Versions":
        """Return what was in force on a day as it was closed, and which versions were used then.

        What was authorized after it never was; a code that was used was so in that version.
        """
        codes = {one.code for one in self.conditions if one.id in used}
        kept = tuple(
            one
            for one in self.conditions
            if one.id in used or (one.code not in codes and (one.authorised_on or day) <= day)
        )
        return replace(self, conditions=kept, superseded=self.superseded | used)

    def base_percent(self, condition: AccountCondition, day: date) -> Decimal:
        """Return the base rate that a condition leans on as it is on a day; 0 without one."""
        code = self.rate_codes.get(condition.base_rate_id or 0)
        held = [one for one in self.rates if one.code == code and one.effective_from <= day]
        return held[-1].rate_percent if held else Decimal(0)


def versions_of(session: Session, organisation_id: int) -> Versions:
    """Read every authorized condition and base rate, each by the date it begins."""

    def authorised(model: type[AccountCondition] | type[BaseRate]) -> Select[tuple[object]]:
        return (
            select(model)
            .where(
                model.organisation_id == organisation_id,
                model.record_status == AUTHORIZED,
                model.retired_at.is_(None),
            )
            .order_by(model.effective_from, model.id)
        )

    successors = select(AccountCondition.supersedes_id).where(
        AccountCondition.organisation_id == organisation_id,
        AccountCondition.supersedes_id.is_not(None),
    )
    codes = select(BaseRate.id, BaseRate.code).where(BaseRate.organisation_id == organisation_id)
    return Versions(
        tuple(session.scalars(authorised(AccountCondition))),
        frozenset(session.scalars(successors)),
        tuple(session.scalars(authorised(BaseRate))),
        {row.id: row.code for row in session.execute(codes)},
    )


def condition_of(session: Session, account: Account, on: date) -> AccountCondition | None:
    """Return the condition an account follows on a day: its own, else its product's."""
    versions = versions_of(session, account.organisation_id).on(on)
    codes = [own_code(session, account)]
    linked = select(AccountCondition).join(
        ConditionProduct, ConditionProduct.condition_id == AccountCondition.id
    )
    query = linked.where(
        ConditionProduct.organisation_id == account.organisation_id,
        ConditionProduct.product_id == account.product_id,
        AccountCondition.currency == account.currency,
    )
    links = {one.id: one.code for one in session.scalars(query)}
    codes += [code for key, code in links.items() if code in versions and versions[code].id == key]
    found = (versions[code] for code in codes if code in versions)
    return next((one for one in found if one.currency == account.currency), None)


def own_code(session: Session, account: Account) -> str:
    """Return the code of the condition that an account follows by itself, or nothing."""
    query = (
        select(AccountCondition.code)
        .join(ConditionAccount, ConditionAccount.condition_id == AccountCondition.id)
        .where(
            ConditionAccount.organisation_id == account.organisation_id,
            ConditionAccount.account_id == account.id,
        )
    )
    return session.scalar(query) or ""


def offered_conditions(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the newest authorized version of each condition, for an account to follow."""
    newest = aliased(AccountCondition)
    later = select(func.max(newest.effective_from)).where(
        newest.organisation_id == AccountCondition.organisation_id,
        newest.code == AccountCondition.code,
        newest.record_status == AUTHORIZED,
        newest.retired_at.is_(None),
    )
    query = select(AccountCondition).where(
        *visible(actor, AccountCondition),
        AccountCondition.record_status == AUTHORIZED,
        AccountCondition.retired_at.is_(None),
        AccountCondition.effective_from == later.scalar_subquery(),
    )
    rows = session.scalars(query.order_by(AccountCondition.code))
    return [(one.id, f"{one.title()} · {one.currency}") for one in rows]


def linked_products(session: Session, condition: AccountCondition) -> Sequence[Product]:
    """Return the products that follow a version of a condition, by code."""
    query = (
        select(Product)
        .join(ConditionProduct, ConditionProduct.product_id == Product.id)
        .where(
            ConditionProduct.organisation_id == condition.organisation_id,
            ConditionProduct.condition_id == condition.id,
        )
    )
    return session.scalars(query.order_by(Product.code)).all()


def linked_ids(session: Session, condition: AccountCondition) -> list[int]:
    """Return the ids of the products that follow a version of a condition."""
    query = select(ConditionProduct.product_id).where(
        ConditionProduct.organisation_id == condition.organisation_id,
        ConditionProduct.condition_id == condition.id,
    )
    return sorted(session.scalars(query))


def live_successor(session: Session, condition: AccountCondition) -> AccountCondition | None:
    """Return the version that supersedes this one, unless it was deleted or denied."""
    query = select(AccountCondition).where(
        AccountCondition.organisation_id == condition.organisation_id,
        AccountCondition.supersedes_id == condition.id,
        AccountCondition.retired_at.is_(None),
        AccountCondition.record_status != DENIED,
    )
    return session.scalars(query).first()


def ended_before(
    session: Session, actor: Actor, code: str, begins: date | None
) -> AccountCondition | None:
    """Return the authorized version of a code that ends the day before, if none follows it yet."""
    if begins is None:
        return None
    query = select(AccountCondition).where(
        *visible(actor, AccountCondition),
        AccountCondition.code == code,
        AccountCondition.record_status == AUTHORIZED,
        AccountCondition.retired_at.is_(None),
        AccountCondition.effective_to == begins - timedelta(days=1),
    )
    found = session.scalars(query.limit(1)).first()
    return found if found and live_successor(session, found) is None else None


def can_be_superseded(session: Session, condition: AccountCondition) -> bool:
    """Tell whether a later version may be drafted: of an authorized, open-ended one (E32.21, 26).

    One whose later version was given up is open-ended again.
    """
    if not condition.is_authorised or condition.retired_at is not None:
        return False
    if live_successor(session, condition) is not None:
        return False
    if condition.effective_to is None:
        return True
    given_up = select(AccountCondition.id).where(
        AccountCondition.organisation_id == condition.organisation_id,
        AccountCondition.supersedes_id == condition.id,
    )
    return session.scalars(given_up).first() is not None
