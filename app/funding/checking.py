"""Who may verify a funding source: another person than those whose work it is.

One person alone who links an account, verifies it and pays out to it could send money anywhere.
Who linked or changed a source stands in the log, which nobody can rewrite.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.audit import Activity
from app.controls.deciding import OWN_WORK, authorises_alone
from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.funding.models import FundingSource

_WORK = ("Link funding source", "Edit funding source")


def obstacle_to_verify(
    session: Session, actor: Actor, tenant: Organisation, source: FundingSource
) -> str | None:
    """Say why this person cannot verify the source, or None when they can.

    One who may authorise alone, where the organisation allows it, verifies their own work too.
    """
    if authorises_alone(actor, tenant):
        return None
    worked = select(Activity.id).where(
        Activity.organisation_id == source.organisation_id,
        Activity.entity == FundingSource.__tablename__,
        Activity.entity_id == source.id,
        Activity.actor_id == actor.user_id,
        Activity.action.in_(_WORK),
        Activity.status == "Success",
    )
    return OWN_WORK if session.scalar(worked.limit(1)) is not None else None
