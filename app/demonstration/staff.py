"""What is known of the bank's people beyond their names: numbers, phones, next of kin."""

from sqlalchemy import select

from app.access.details import SaveNextOfKin, SavePersonalInformation
from app.access.models import User, UserProject, UserRole
from app.access.people import EditUser
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.db.session import database
from app.demonstration.cast import ADMINISTRATOR, STAFF, Member
from app.demonstration.script import Script, address
from app.organisation.models import CostCentre, Department
from app.records.commands import CreateCode

DEPARTMENTS = (("MGT", "Management"), ("OPS", "Branch Operations"), ("CTL", "Risk and Control"))
COST_CENTRES = (("HQ", "Head Office"), ("BR", "Branches"))
_DEPARTMENT_OF = {
    "Tenant Administrator": "MGT",
    "Branch Manager": "MGT",
    "Approver L3": "MGT",
    "Auditor": "CTL",
    "Approver L2": "CTL",
}
_OFFICE = "+254 20 555 01{:02d}"


def introduce(script: Script, organisation_id: int) -> None:
    """Number the bank's people, and let two of them say something of themselves."""
    administrator = script.by(ADMINISTRATOR.login)
    for entity, rows in (("department", DEPARTMENTS), ("cost-centre", COST_CENTRES)):
        for code, name in rows:
            script.do(CreateCode(entity, code, name), administrator)
    system = system_actor(organisation_id, ALL_PERMISSIONS, "Demonstration")
    for number, member in enumerate((ADMINISTRATOR, *STAFF), start=1):
        command = _numbered(member, f"S-{number:03d}", organisation_id)
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


def _numbered(member: Member, staff_number: str, organisation_id: int) -> EditUser | None:
    """Return the command that says where somebody works; None where it is done."""
    code = _DEPARTMENT_OF.get(member.role, "OPS")
    centre = "BR" if code == "OPS" else "HQ"
    with database.reading() as session:

        def coded(model: type[Department | CostCentre], code: str) -> int:
            query = select(model.id).where(
                model.organisation_id == organisation_id, model.code == code
            )
            return session.scalars(query).one()

        email = address(member.login)
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
            department_id=coded(Department, code),
            cost_centre_id=coded(CostCentre, centre),
        )
