"""What governs a posting besides its assets, remembered until the configuration changes.

Approval rules, rates, default statuses and sub-types of an organisation are read together and
kept under its `configuration_version`, which every change of them raises (W03.02).
"""

from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select

from app.controls.configured import KeptByVersion
from app.controls.levels import ApprovalRule
from app.controls.work import Work
from app.currencies.queries import UNAVAILABLE, quote_of
from app.kernel.errors import Conflict, Refusal
from app.kernel.exchange import Quote
from app.notices.models import NoticeChoice
from app.organisation.models import OrganisationCurrency
from app.reference.models import ProjectCurrency, TransactionStatus, TransactionSubType


@dataclass(frozen=True, slots=True)
class Rule:
    """An approval rule of transactions."""

    kind: str
    minimum_minor: int
    levels: int
    project_id: int | None
    branch_id: int | None


@dataclass(frozen=True, slots=True)
class SubType:
    """A sub-type that a project added: what is classified with it goes in, out or both."""

    id: int
    direction: str


@dataclass(slots=True)
class Settings:
    """One organisation's settings at one version of its configuration."""

    base: str = ""
    rates: dict[str, Decimal] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    default_statuses: dict[int, tuple[int, str]] = field(default_factory=dict)
    statuses: dict[tuple[int, str], int] = field(default_factory=dict)
    by_processing: dict[tuple[int, str], int] = field(default_factory=dict)
    sub_types: dict[tuple[int, str], int] = field(default_factory=dict)
    added_sub_types: dict[tuple[int, str], SubType] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    limits: dict[tuple[int, str], int] = field(default_factory=dict)
    tells_of_postings: bool = True

    def rate(self, currency: str) -> Decimal:
        """Return base units for one unit of the currency; refused (409) where none is set."""
        rate = self.rates.get(currency)
        if rate is None:
            raise Conflict(f"There is no exchange rate for {currency}")
        return rate

    def quote(self, currency: str) -> Quote:
        """Return what the house buys, sells and values a currency at; refused (422) without."""
        quote = self.quotes.get(currency)
        if quote is None:
            raise Refusal(UNAVAILABLE.format(given=currency, wanted=self.base))
        return quote

    def sub_type(self, project_id: int | None, kind: str) -> int | None:
        """Return the project's sub-type for a kind; both halves of a transfer have one."""
        return self.sub_types.get((project_id or 0, kind.removesuffix("_in").removesuffix("_out")))

    def added_sub_type(self, project_id: int | None, label: str, direction: str) -> int | None:
        """Return the sub-type that the project added for In or Out; None where it has none."""
        added = self.added_sub_types.get((project_id or 0, label))
        return added.id if added and added.direction in (direction, "both") else None

    def label_of(self, sub_type_id: int | None) -> str:
        """Return the label of a sub-type that a project added; "" of the system's own."""
        return self.labels.get(sub_type_id or 0, "")

    def status_of(self, project_id: int | None, processing: str) -> int | None:
        """Return the project's status that stands for a processing status, the system's first."""
        return self.by_processing.get((project_id or 0, processing))

    def default_status(self, project_id: int | None) -> tuple[int | None, str]:
        """Return the status new transactions of a project start in, with what it maps to.

        A journal is of the project of its clients' accounts. One that touches several is of none,
        so that no project's own status could end its wait: it is Completed as soon as it is
        approved, by the strictest rule of all its projects.
        """
        return self.default_statuses.get(project_id or 0, (None, "Completed"))

    def completed_status(self, project_id: int | None) -> int | None:
        """Return the status of what is posted: the project's default, where that is completed."""
        status_id, processing = self.default_status(project_id)
        if processing == "Completed":
            return status_id
        return self.status_of(project_id, "Completed")


_kept: KeptByVersion[Settings] = KeptByVersion()


def settings_of(work: Work, organisation_id: int, version: int) -> Settings:
    """Return the settings at this version, reading them at most once per version and process."""
    work.configuration_version = version
    return _kept.at(organisation_id, version, lambda: _read(work, organisation_id))


def current_settings(work: Work) -> Settings:
    """Return the settings of the actor's organisation, where no asset was read that says them."""
    organisation = work.organisation
    return settings_of(work, organisation.id, organisation.configuration_version)


def wants_postings(organisation_id: int | None) -> bool:
    """Tell whether anybody chose to hear of postings, as the settings of the last one say."""
    kept = _kept.newest(organisation_id or 0)
    return kept is None or kept.tells_of_postings


def _read(work: Work, organisation_id: int) -> Settings:
    settings = Settings()
    session = work.session

    def rows(model: type) -> list:  # type: ignore[type-arg]
        return list(session.scalars(select(model).where(model.organisation_id == organisation_id)))

    chosen = select(NoticeChoice.id).where(
        NoticeChoice.organisation_id == organisation_id, NoticeChoice.on_posting
    )
    settings.tells_of_postings = session.scalar(chosen.limit(1)) is not None
    currencies = [row for row in rows(OrganisationCurrency) if row.retired_at is None]
    settings.base = next((row.code for row in currencies if row.is_base), "")
    settings.rates = {row.code: row.mid_rate for row in currencies}
    settings.quotes = {row.code: quote_of(row) for row in currencies}
    settings.rules = [
        Rule(row.kind, row.minimum_minor, row.levels, row.project_id, row.branch_id)
        for row in rows(ApprovalRule)
        if row.kind == "transaction" and row.is_active
    ]
    for status in sorted(rows(TransactionStatus), key=lambda one: (not one.is_system, one.id)):
        settings.statuses[status.project_id, status.label] = status.id
        settings.by_processing.setdefault((status.project_id, status.processing), status.id)
        if status.is_default:
            settings.default_statuses[status.project_id] = (status.id, status.processing)
    for sub_type in rows(TransactionSubType):
        key = sub_type.project_id, sub_type.label
        settings.sub_types[key] = sub_type.id
        if not sub_type.is_system:
            settings.added_sub_types[key] = SubType(sub_type.id, sub_type.direction)
            settings.labels[sub_type.id] = sub_type.label
    for currency in rows(ProjectCurrency):
        if currency.limit_minor:
            settings.limits[currency.project_id, currency.label] = currency.limit_minor
    return settings
