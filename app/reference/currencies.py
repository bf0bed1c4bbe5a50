"""Commands of the panel of currencies: what a project deals in, with limits, fees and networks."""

import re
from dataclasses import dataclass
from decimal import Decimal

from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.work import Work
from app.currencies.rates import Rates, currency_named, keep_currency
from app.kernel.currencies import KnownCurrency, known_currencies
from app.kernel.errors import Refusal
from app.organisation.models import OrganisationCurrency, Project
from app.reference.models import ProjectCurrency
from app.reference.sections import (
    checked_name,
    demand_free,
    editable_row,
    make_default,
)

KINDS = {"fiat": "Fiat", "crypto": "Crypto", "custom": "Custom"}
MOST_NETWORKS = 20
LONGEST_NETWORK = 40
MOST_DECIMALS = 8
_CODE = re.compile(r"[A-Z0-9]{2,12}")


@dataclass(frozen=True, slots=True)
class CreateProjectCurrency:
    """Let a project deal in a currency; amounts are in its minor units.

    `rate` is base units for one unit, asked for where the organisation does not keep the
    currency yet. `name` and `exponent` are read for a custom currency only.
    """

    project_id: int
    code: str
    limit_minor: int | None = None
    is_default: bool = False
    kind: str | None = None
    name: str = ""
    exponent: int = 2
    network_fee_minor: int = 0
    networks: tuple[str, ...] | None = None
    description: str = ""
    creates_asset: bool = False
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class EditProjectCurrency:
    """Change what a project asks of a currency; its code stays (W03.20)."""

    row_id: int
    version: int
    name: str
    limit_minor: int | None
    network_fee_minor: int = 0
    networks: tuple[str, ...] = ()
    description: str = ""
    creates_asset: bool = False
    is_default: bool = False


@handles(CreateProjectCurrency, permission="configuration.create")
def create_project_currency(work: Work, command: CreateProjectCurrency) -> int:
    """Add the currency, to the organisation as well where it is new there (W03.10-19)."""
    project = find_locked(work, Project, command.project_id)
    code = command.code.strip().upper()
    if not code:
        raise Refusal("Currency is required", field="code")
    demand_free(work, ProjectCurrency, project.id, code, field="code")
    kept = _kept(work, code) or _keep(work, code, command)
    if command.kind is not None and command.kind != kept.kind:
        raise Refusal(f"{code} is a currency of type {KINDS[kept.kind]}", field="code")
    known = known_currencies().get(code)
    networks = command.networks
    if networks is None:
        networks = known.networks if known else ()
    row = work.add(
        ProjectCurrency(
            organisation_id=work.actor.tenant_id,
            project_id=project.id,
            label=code,
            name=command.name.strip() or kept.name,
            kind=kept.kind,
            exponent=kept.exponent,
            limit_minor=command.limit_minor,
            network_fee_minor=command.network_fee_minor,
            networks=_checked_networks(networks),
            description=command.description.strip(),
            creates_asset=command.creates_asset,
        )
    )
    if command.is_default:
        make_default(work, row)
    return row.id


@handles(EditProjectCurrency, permission="configuration.edit")
def edit_project_currency(work: Work, command: EditProjectCurrency) -> int:
    """Save what was typed; the mark of the default is moved, never only taken away."""
    row = editable_row(work, ProjectCurrency, command.row_id, command.version)
    row.name = checked_name(command.name)
    row.limit_minor = command.limit_minor
    row.network_fee_minor = command.network_fee_minor
    row.networks = _checked_networks(command.networks)
    row.description = command.description.strip()
    row.creates_asset = command.creates_asset
    if command.is_default:
        make_default(work, row)
    return int(row.id)


def _kept(work: Work, code: str) -> OrganisationCurrency | None:
    currency = currency_named(work, code)
    return currency if currency is not None and currency.retired_at is None else None


def _keep(work: Work, code: str, command: CreateProjectCurrency) -> OrganisationCurrency:
    """Add the currency to the organisation, whose accounts ask for its rate."""
    known = known_currencies().get(code)
    is_custom = command.kind == "custom"
    if known is None and not is_custom:
        raise Refusal("Choose a currency from the list", field="code")
    if command.rate is None:
        base = work.organisation.base_currency
        raise Refusal(f"Rate to {base} is required", field="rate")
    if known is None:
        _demand_custom(code, command)
        known = KnownCurrency(code, command.name.strip(), command.exponent, "custom")
    return keep_currency(work, known, Rates.at(command.rate))


def _demand_custom(code: str, command: CreateProjectCurrency) -> None:
    if not _CODE.fullmatch(code):
        raise Refusal("Label must be 2 to 12 letters or digits", field="code")
    checked_name(command.name)
    if not 0 <= command.exponent <= MOST_DECIMALS:
        raise Refusal(f"Decimals must be 0 to {MOST_DECIMALS}", field="exponent")


def _checked_networks(networks: tuple[str, ...]) -> list[str]:
    named = list(dict.fromkeys(one.strip() for one in networks if one.strip()))
    if len(named) > MOST_NETWORKS or any(len(one) > LONGEST_NETWORK for one in named):
        raise Refusal(
            f"Name at most {MOST_NETWORKS} networks of {LONGEST_NETWORK} characters",
            field="networks",
        )
    return named
