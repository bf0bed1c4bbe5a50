"""Temporary passwords: mailed to their user, good for a week, replaced at the first sign-in."""

import secrets
from datetime import timedelta
from zoneinfo import ZoneInfo

from app.access.letters import write_to
from app.access.models import User
from app.access.passwords import passwords
from app.controls.work import Work

TEMPORARY_DAYS = 7
# Nothing that looks like something else: no 0, O, 1, I or l.
_LETTERS = "abcdefghijkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXYZ2346789"
_GROUPS, _GROUP = 4, 4


def temporary_password() -> str:
    """Return sixteen letters and digits in groups, about 92 bits, easy to read out of a mail."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def replace_password(work: Work, user: User) -> None:
    """Mail a new temporary password to a person; the one they had opens nothing any more."""
    temporary = temporary_password()
    user.password_hash = passwords.hash(temporary)
    subject = "Your temporary password"
    hand_out(work, user, temporary, letter="temporary-password", subject=subject)


def hand_out(work: Work, user: User, temporary: str, *, letter: str, subject: str) -> None:
    """Mail the temporary password that a person has just got, and say until when it is good."""
    user.password_temporary_until = work.now + timedelta(days=TEMPORARY_DAYS)
    zone = work.organisation.time_zone if user.organisation_id else "UTC"
    until = user.password_temporary_until.astimezone(ZoneInfo(zone))
    values = {
        "name": user.shown_name,
        "email": user.email,
        "password": temporary,
        "until": f"{until:%d %B %Y, %H:%M} ({zone})",
    }
    write_to(work, user, letter, subject=subject, values=values)
