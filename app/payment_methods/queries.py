"""What others ask of payment methods: what a client may bring money in by."""

from collections.abc import Collection
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.payment_methods.models import DEPOSIT, PaymentMethod


def offered_deposits(
    session: Session, actor: Actor, *, project_ids: Collection[int], currencies: Collection[str]
) -> list[PaymentMethod]:
    """Return the active deposit methods of the projects that take one of the currencies."""
    query = select(PaymentMethod).where(
        *visible(actor, PaymentMethod),
        PaymentMethod.project_id.in_(project_ids),
        PaymentMethod.direction == DEPOSIT,
        PaymentMethod.is_active,
        PaymentMethod.retired_at.is_(None),
    )
    found = session.scalars(query.order_by(PaymentMethod.label, PaymentMethod.id))
    return [one for one in found if not one.currencies or set(one.currencies) & set(currencies)]


def payment_link(method: PaymentMethod) -> str | None:
    """Return where a manual method leads: the https address named url in Additional (W05.03)."""
    url = method.additional.get("url")
    if method.type != "manual" or not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme == "https" and parts.hostname else None
