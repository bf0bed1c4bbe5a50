"""What pages ask of systems, hooks and postbacks: choices, attempts, what a record was told of."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.integrations.models import Delivery, DeliveryAttempt, HookConfig, ThirdPartySystem

_NEWEST = 50


def system_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the authorised systems in sight, by name."""
    query = select(ThirdPartySystem.id, ThirdPartySystem.name).where(
        *visible(actor, ThirdPartySystem),
        ThirdPartySystem.record_status == AUTHORIZED,
        ThirdPartySystem.retired_at.is_(None),
    )
    return [(row.id, row.name) for row in session.execute(query.order_by(ThirdPartySystem.name))]


def hook_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the hooks in sight, by name."""
    query = select(HookConfig.id, HookConfig.name).where(*visible(actor, HookConfig))
    return [(row.id, row.name) for row in session.execute(query.order_by(HookConfig.name))]


def attempts_of(session: Session, delivery: Delivery) -> list[DeliveryAttempt]:
    """Return the newest attempts of a postback, newest first."""
    query = (
        select(DeliveryAttempt)
        .where(
            DeliveryAttempt.organisation_id == delivery.organisation_id,
            DeliveryAttempt.delivery_id == delivery.id,
        )
        .order_by(DeliveryAttempt.id.desc())
        .limit(_NEWEST)
    )
    return list(session.scalars(query))


def counts_of(session: Session, hook: HookConfig) -> dict[str, int]:
    """Count a hook's postbacks by where they stand."""
    query = (
        select(Delivery.state, func.count())
        .where(Delivery.organisation_id == hook.organisation_id, Delivery.hook_id == hook.id)
        .group_by(Delivery.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}
