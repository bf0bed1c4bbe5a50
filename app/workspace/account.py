"""A person's own account as its template wants it: its sections, and where they are signed in."""

from typing import Any

from sqlalchemy.orm import Session

from app.access.details import NextOfKin, PersonalDetails, next_of_kin, personal_details
from app.access.factors import factors_of
from app.access.models import LoginSession, User
from app.access.open_sessions import open_sessions
from app.access.passkeys import relying_party
from app.access.person_page import places_of, shown_sessions
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.kernel.phones import spaced
from app.web import cells
from app.web.pages import fact


def account_page(
    session: Session, who: Actor, user: User, *, present: LoginSession
) -> dict[str, Any]:
    """Return the account's sections as facts, and the living sessions, this browser's first."""
    factors = factors_of(session, user.id)
    details, kin = personal_details(session, user.id), next_of_kin(session, user.id)
    return {
        "name": user.shown_name,
        "initials": user.initials,
        "email": user.email,
        "role": who.role,
        "is_staff": user.kind != "client",
        "work": _work(session, user),
        "personal": _personal(user, details),
        "days": details.non_working_days if details else [],
        "details_version": details.version if details else 0,
        "kin": _kin(kin) if kin else [],
        "kin_version": kin.version if kin else 0,
        "factors": factors,
        "has_keys": holds(who, "api-keys.own"),
        "passkeys": [
            {
                "id": one.id,
                "name": one.name,
                "added": cells.instant(one.created_at),
                "used": cells.instant(one.used_at),
            }
            for one in factors.passkeys
        ],
        "offers_passkey": relying_party.is_usable,
        "seen": cells.instant(user.last_signed_in_at),
        "sessions": shown_sessions(
            open_sessions(session, user.id, door.clock()), present_id=present.id
        ),
    }


def _work(session: Session, user: User) -> list[dict[str, Any]]:
    return [
        fact("Work Email", cells.text(user.email)),
        fact("Staff Number", cells.text(user.staff_number)),
        *places_of(session, user),
    ]


def _personal(user: User, details: PersonalDetails | None) -> list[dict[str, Any]]:
    told = [
        fact("Display Name", cells.text(user.shown_name)),
        fact("Personal Email", cells.text(details.personal_email if details else "")),
        fact("Personal Phone", cells.text(spaced(details.personal_phone) if details else "")),
    ]
    if user.kind != "client":
        told.append(
            fact("Official Phone", cells.text(spaced(details.official_phone) if details else ""))
        )
    return told


def _kin(kin: NextOfKin) -> list[dict[str, Any]]:
    return [
        fact("Name", cells.text(kin.name)),
        fact("Relationship", cells.text(kin.relationship)),
        fact("ID Type", cells.text(kin.id_type)),
        fact("ID Number", cells.text(kin.id_number)),
        fact("Address", cells.text(kin.address)),
    ]
