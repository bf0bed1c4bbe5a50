"""The price list of an organisation, read once for each version of its configuration and kept."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.configured import KeptByVersion
from app.controls.review import AUTHORIZED
from app.controls.tenant import Organisation
from app.fees.bands import bands_of
from app.fees.models import CommissionType, CompanyFee, TransactionCode
from app.fees.rules import CommissionRule, CompanyRule, PriceList
from app.reference.fee_groups import FeeGroup
from app.reference.models import ProjectCurrency, TransactionSubType

_NONE = Decimal(0)
_kept: KeptByVersion[PriceList] = KeptByVersion()


def prices_of(reading: Callable[[], Session], organisation_id: int, version: int) -> PriceList:
    """Return the price list at this version, reading it at most once per version and process.

    Only then is the session asked for.
    """
    return _kept.at(organisation_id, version, lambda: _read(reading(), organisation_id))


def _read(session: Session, organisation_id: int) -> PriceList:
    return PriceList(
        _network_fees(session, organisation_id),
        _company(session, organisation_id),
        _commissions(session, organisation_id),
    )


def _network_fees(session: Session, organisation_id: int) -> dict[tuple[int, str], int]:
    query = select(ProjectCurrency).where(
        ProjectCurrency.organisation_id == organisation_id, ProjectCurrency.network_fee_minor > 0
    )
    return {(row.project_id, row.label): row.network_fee_minor for row in session.scalars(query)}


def _company(
    session: Session, organisation_id: int
) -> dict[tuple[int, int | None], tuple[CompanyRule, ...]]:
    """Return the rules of each group in the order in which they are tried."""
    query = (
        select(CompanyFee, FeeGroup, TransactionSubType)
        .join(FeeGroup, FeeGroup.id == CompanyFee.group_id)
        .outerjoin(TransactionSubType, TransactionSubType.id == CompanyFee.sub_type_id)
        .where(
            CompanyFee.organisation_id == organisation_id,
            CompanyFee.retired_at.is_(None),
            FeeGroup.retired_at.is_(None),
        )
    )
    base = session.get_one(Organisation, organisation_id).base_currency
    found: dict[tuple[int, int | None], list[CompanyRule]] = defaultdict(list)
    for fee, group, sub_type in session.execute(query):
        rule = _company_rule(fee, group, sub_type, base)
        found[group.project_id, group.id].append(rule)
        if group.is_default:
            found[group.project_id, None].append(rule)
    return {key: tuple(sorted(rules, key=precedence)) for key, rules in found.items()}


def rules_of(
    fees: Iterable[tuple[CompanyFee, TransactionSubType | None]], group: FeeGroup, base: str
) -> list[CompanyRule]:
    """Return a group's fees as rules, in the order in which they are tried."""
    return sorted((_company_rule(fee, group, kind, base) for fee, kind in fees), key=precedence)


def _company_rule(
    fee: CompanyFee, group: FeeGroup, sub_type: TransactionSubType | None, base: str
) -> CompanyRule:
    is_unnamed = fee.basis == "static" and not fee.currency and fee.amount > 0
    return CompanyRule(
        id=fee.id,
        group=group.name,
        kind=sub_type.label if sub_type else "",
        kind_name=sub_type.name if sub_type else "",
        currency=base if is_unnamed else fee.currency,
        counter_currency=fee.counter_currency,
        basis=fee.basis,
        amount=fee.amount,
        minimum=fee.minimum,
        maximum=fee.maximum,
        tax_percent=fee.tax_percent or _NONE,
        is_on_top=fee.is_on_top,
        is_unnamed=is_unnamed,
    )


def precedence(rule: CompanyRule) -> tuple[Any, ...]:
    """Try a rule that names its type, then its currencies, before one for all; lower ones first.

    So an amount where two thresholds meet belongs to the lower one (design, section 6).
    """
    return (
        not rule.kind,
        not rule.currency or rule.is_unnamed,
        not rule.counter_currency,
        rule.minimum if rule.minimum is not None else _NONE,
        rule.id,
    )


def _commissions(session: Session, organisation_id: int) -> dict[str, tuple[CommissionRule, ...]]:
    query = (
        select(CommissionType, TransactionCode.code)
        .join(TransactionCode, TransactionCode.id == CommissionType.transaction_code_id)
        .where(
            CommissionType.organisation_id == organisation_id,
            CommissionType.record_status == AUTHORIZED,
            CommissionType.retired_at.is_(None),
        )
        .order_by(CommissionType.code)
    )
    found: dict[str, list[CommissionRule]] = defaultdict(list)
    for row, code in session.execute(query):
        if row.kinds:
            found[row.currency].append(_commission_rule(row, code))
    return {currency: tuple(rules) for currency, rules in found.items()}


def _commission_rule(row: CommissionType, code: str) -> CommissionRule:
    return CommissionRule(
        id=row.id,
        name=row.name,
        kinds=frozenset(row.kinds),
        currency=row.currency,
        is_sliced=row.is_sliced,
        bands=bands_of(row.bands),
        tax_percent=row.tax_percent or _NONE,
        is_on_top=row.is_on_top,
        product_id=row.income_product_id,
        code=code,
    )
