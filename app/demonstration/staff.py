"""What is known of the bank's people beyond their names: numbers, phones, next of kin."""

from sqlalchemy import select

from app.access.details import SaveNextOfKin, SavePersonalInformation
from app.access.models import User, UserProject, UserRole
from app.access.people import EditUser
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.db.session import database
from app.demonstration.cast import ADMINISTRATOR, STAFF
from app.demonstration.script import Script, address

_OFFICE = "+254 20 555 01{:02d}"


def introduce(script: Script, organisation_id: int) -> None:
    """Number the bank's people, and let two of them say something of themselves."""
    system = system_actor(organisation_id, ALL_PERMISSIONS, "Demonstration")
    for number, member in enumerate((ADMINISTRATOR, *STAFF), start=1):
        command = _numbered(address(member.login), f"S-{number:03d}")
        if command is not None:
            perform(command, system)
    for number, login in enumerate((ADMINISTRATOR.login, "teller"), start=1):
        by = script.by(login)
        script.do(
            SavePersonalInformation(
                0,
                by.name,
                personal_email=f"{login}@home.example",
                personal_phone=f"+254 700 555 0{number:02d}",
                official_phone=_OFFICE.format(number),
                non_working_days=("Sat", "Sun"),
            ),
            by,
        )
        script.do(SaveNextOfKin(0, "Joseph Wambui", "Sibling", "National ID", "27001144"), by)


def _numbered(email: str, staff_number: str) -> EditUser | None:
    """Return the command that numbers somebody, who keeps the rest; None where it is done."""
    with database.reading() as session:
        user = session.scalars(select(User).where(User.email == email)).one()
        if user.staff_number:
            return None
        roles = select(UserRole.role_id).where(UserRole.user_id == user.id)
        projects = select(UserProject.project_id).where(UserProject.user_id == user.id)
        return EditUser(
            user.id,
            user.version,
            user.email,
            user.first_name,
            user.last_name,
            role_ids=tuple(session.scalars(roles)),
            project_ids=tuple(session.scalars(projects)),
            branch_id=user.branch_id,
            staff_number=staff_number,
        )
