"""The Collateral card of a facility's page: its rows, one of them open with its valuations."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.collateral.models import Collateral, CollateralValuation
from app.collateral.queries import collateral_of, newest_first, pledged_elsewhere, total_of
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.credit.facility import ACTIVE, PATH, STATUSES, Facility
from app.web import cells
from app.web.respond import row_action

COLLATERAL = f"{PATH}/collateral"
VALUATIONS = f"{COLLATERAL}/valuations"


def collateral_card(
    session: Session, who: Actor, facility: Facility, *, opened: str, today: date
) -> dict[str, Any]:
    """Return the card; `opened` is the id of the row whose valuations are shown, if any."""
    rows = collateral_of(session, facility)
    elsewhere = pledged_elsewhere(session, who, facility, today)
    total = total_of(session, facility, [row.Collateral for row in rows], today)

    def amount(minor: int) -> cells.Cell:
        return cells.money(minor, facility.exponent, facility.currency)

    may_add = facility.is_active and holds(who, "collateral.create")
    return {
        "rows": [
            _row(session, who, facility, row, opened=opened)
            | {"also": [_other(other) for other in elsewhere.get(row.Collateral.id, ())]}
            for row in rows
        ],
        "add_href": f"{PATH}/{facility.id}/collateral/new" if may_add else None,
        "market": amount(total.market_minor),
        "forced": amount(total.forced_minor),
        "unrated": ", ".join(total.unrated),
        "expired": total.expired,
        "is_converted": any(row.Collateral.value_currency != facility.currency for row in rows),
    }


def _row(
    session: Session, who: Actor, facility: Facility, row: Any, *, opened: str
) -> dict[str, Any]:
    one: Collateral = row.Collateral
    is_open = opened == str(one.id)
    actions = []
    if facility.is_active and holds(who, "collateral.edit"):
        actions.append(row_action("Edit", f"{COLLATERAL}/{one.id}/edit", "pencil", drawer=True))
    if facility.is_active and holds(who, "collateral.delete"):
        href = f"{COLLATERAL}/{one.id}/delete"
        actions.append(row_action("Delete", href, "trash-2", dialog=True, danger=True))
    may_value = facility.is_authorised and holds(who, "collateral.create")
    return {
        "id": one.id,
        "label": one.reference,
        "href": f"{PATH}/{facility.id}?valuations={'' if is_open else one.id}",
        "is_open": is_open,
        "type": row.type,
        "reference": cells.ident(one.reference),
        "description": one.description,
        "remarks": one.remarks,
        "market": cells.money(one.market_minor, one.value_exponent, one.value_currency),
        "forced": cells.money(one.forced_minor, one.value_exponent, one.value_currency),
        "valued": cells.day(one.valued_on),
        "expires": cells.day(one.expires_on),
        "currency": one.currency if one.currency != one.value_currency else "",
        "actions": actions,
        "value_href": f"{COLLATERAL}/{one.id}/valuations/new" if may_value else None,
        "valuations": _valuations(session, who, facility, one) if is_open else [],
    }


def _other(row: Any) -> cells.Cell:
    """Name another facility that the same thing is pledged on, which a second charge may be."""
    status = "" if row.status == ACTIVE else f" ({STATUSES[row.status]})"
    return cells.text(f"{row.reference}{status}", href=f"{PATH}/{row.id}")


def _valuations(
    session: Session, who: Actor, facility: Facility, collateral: Collateral
) -> list[dict[str, Any]]:
    may_delete = facility.is_authorised and holds(who, "collateral.delete")
    return [
        _valuation(one, may_delete=may_delete) for one in session.scalars(newest_first(collateral))
    ]


def _valuation(one: CollateralValuation, *, may_delete: bool) -> dict[str, Any]:
    href = f"{VALUATIONS}/{one.id}/delete"
    delete = row_action("Delete", href, "trash-2", dialog=True, danger=True)
    return {
        "id": one.id,
        "label": f"valuation of {one.valued_on.isoformat()}",
        "valued": cells.day(one.valued_on),
        "market": cells.money(one.market_minor, one.exponent, one.currency),
        "forced": cells.money(one.forced_minor, one.exponent, one.currency),
        "method": one.method,
        "valuer": one.valuer,
        "reference": one.reference,
        "remarks": one.remarks,
        "actions": [delete] if may_delete else [],
    }
