"""Rolling up the movements of internal assets into their balances, a batch at a time."""

from dataclasses import dataclass

from sqlalchemy import delete, select, update

from app.controls.apart import apart
from app.controls.commands import SYSTEM_ONLY, handles, perform
from app.controls.identity import system_actor
from app.controls.work import Work
from app.db.session import database
from app.kernel.crash import crash_point
from app.ledger.models import Asset, Movement

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class RollUpMovements:
    """Add an asset's waiting movements to its balance."""

    asset_id: int


def roll_up() -> int:
    """Roll up every internal asset that has waiting movements; returns how many assets.

    One that fails is logged and holds up none of the others.
    """
    with database.reading() as session:
        waiting = list(session.scalars(select(Movement.asset_id).distinct()))
    actor = system_actor(None, frozenset(), "Worker")
    done = 0
    for asset_id in waiting:
        with apart(f"roll-up of asset {asset_id}"):
            perform(RollUpMovements(asset_id), actor)
            done += 1
    return done


@handles(RollUpMovements, permission=SYSTEM_ONLY)
def roll_up_movements(work: Work, command: RollUpMovements) -> None:
    """Delete up to 5,000 movements and add their sum: the balance's figure does not change."""
    session = work.session
    chosen = (
        select(Movement.id)
        .where(Movement.asset_id == command.asset_id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    gone = delete(Movement).where(Movement.id.in_(chosen)).returning(Movement.amount_minor)
    total = sum(session.scalars(gone, execution_options={"synchronize_session": False}))
    crash_point("movements summed")
    session.execute(
        update(Asset)
        .where(Asset.id == command.asset_id)
        .values(balance_minor=Asset.balance_minor + total)
        .execution_options(synchronize_session=False)
    )
