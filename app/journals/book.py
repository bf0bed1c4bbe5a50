"""What a journal is judged by: accounts in sight with their assets, codes, currencies, rates."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.tenant import Organisation
from app.currencies.queries import find_rate
from app.fees.queries import usable_codes
from app.journals.lines import AT_POSTING, Terms
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.organisation.models import OrganisationCurrency

_MOST_NUMBERS = 1_000
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Holding:
    """An asset that may be booked on, with what the header of a journal takes from it."""

    asset_id: int
    account_id: int
    number: str
    name: str
    account_currency: str
    currency: str
    exponent: int
    client_id: int | None
    project_id: int | None
    account_type_id: int | None
    client_name: str | None
    manager_id: int | None
    desk_id: int | None
    purpose: str | None

    @property
    def owner(self) -> str:
        """Whose account it is, as people read it."""
        return self.client_name or self.name


@dataclass(slots=True)
class Book:
    """The part of an organisation's books that some lines touch, read by few queries."""

    organisation: Organisation
    on: date
    session: Session
    terms: Terms = AT_POSTING
    holdings: dict[str, dict[str, Holding]] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    exponents: dict[str, int] = field(default_factory=dict)
    _rates: dict[tuple[str, str], Decimal | None] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The currency everything must balance in."""
        return self.organisation.base_currency

    def holding(self, number: str, currency: str) -> Holding | None:
        """Return the account's asset in the currency, else the one of its own currency."""
        held = self.holdings.get(number.strip().upper(), {})
        own = next(iter(held.values())).account_currency if held else ""
        return held.get(currency or own) or held.get(own) or next(iter(held.values()), None)

    def rate(self, currency: str, source: str) -> Decimal | None:
        """Return base units for one unit by this source on the day, None where unknown."""
        if currency == self.base:
            return _ONE
        key = (currency, source)
        if key not in self._rates:
            of, on = self.organisation.id, self.on
            quote = find_rate(self.session, of, currency, on, source=source)
            self._rates[key] = quote.mid if quote else None
        return self._rates[key]


def read_book(
    session: Session,
    actor: Actor,
    numbers: Iterable[str],
    *,
    on: date,
    terms: Terms = AT_POSTING,
) -> Book:
    """Read what lines on these accounts need; what the actor may not see is not among it."""
    organisation = session.get_one(Organisation, actor.tenant_id)
    book = Book(organisation, on, session, terms)
    wanted = sorted({number.strip().upper() for number in numbers if number.strip()})
    for holding in _holdings(session, actor, wanted[:_MOST_NUMBERS]):
        book.holdings.setdefault(holding.number, {})[holding.currency] = holding
    for code in usable_codes(session, actor.tenant_id):
        book.codes[code.code] = code.side
    kept = select(OrganisationCurrency.code, OrganisationCurrency.exponent).where(
        OrganisationCurrency.organisation_id == actor.tenant_id,
        OrganisationCurrency.retired_at.is_(None),
    )
    for code, exponent in session.execute(kept.order_by(OrganisationCurrency.code)):
        book.exponents[code] = exponent
    return book


def _holdings(session: Session, actor: Actor, numbers: list[str]) -> list[Holding]:
    if not numbers:
        return []
    query = (
        select(
            Asset.id,
            Account.id,
            Account.number,
            Account.name,
            Account.currency,
            Asset.currency,
            Asset.exponent,
            Asset.client_id,
            Asset.project_id,
            Account.account_type_id,
            Client.name,
            Client.manager_id,
            Client.desk_id,
            Account.purpose,
        )
        .join(Account, Account.id == Asset.account_id)
        .outerjoin(Client, Client.id == Asset.client_id)
        .where(
            *visible(actor, Asset),
            Account.organisation_id == actor.tenant_id,
            Account.number.in_(numbers),
        )
        .order_by(Asset.id)
    )
    return [Holding(*row) for row in session.execute(query)]
