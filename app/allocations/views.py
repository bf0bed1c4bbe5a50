"""Linking accounts to a facility, changing what they may draw, releasing them."""

from flask import Blueprint
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from app.allocations.cards import LINKS
from app.allocations.commands import ChangeAllocation, LinkAccount, UnlinkAccount, find_link
from app.allocations.queries import account_choices, eligible_products
from app.controls.permissions import find
from app.credit.facility import PATH, Facility
from app.kernel.errors import Conflict
from app.ledger.accounts import Account
from app.records.lines import minor_of
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import Form, as_id, chosen, required, set_choices
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view, posted_version

blueprint = Blueprint("allocations", __name__)
_METHODS = ["GET", "POST"]
_FIELDS = "facilities/_fields.html"


class LinkForm(Form):
    """An account of the customer, and its share."""

    account_id = SelectField("Account", chosen("Account"), validate_choice=False)
    allocation = StringField(
        "Allocation Amount", required("Allocation Amount"),
        description="The part of the advised amount that is reserved for this account",
    )  # fmt: skip


class AllocationForm(Form):
    """The share alone: the account stays (E30.15)."""

    allocation = StringField("Allocation Amount", required("Allocation Amount"))


@blueprint.route(f"{PATH}/<int:facility_id>/accounts/new", methods=_METHODS)
@permit("facilities.allocate")
def link(facility_id: int) -> Response:
    """Link an account (E30.06)."""
    session, who = read_session(), actor()
    facility = find(session, who, Facility, facility_id)
    if not facility.is_authorised:
        raise Conflict("Accounts are linked to an authorized facility")
    form = LinkForm()
    of = "of the class's eligible products, " if eligible_products(session, facility) else ""
    form.account_id.description = (
        f"Authorized, active accounts of the customer, {of}with an asset in {facility.currency}"
        " that draws under no facility yet"
    )
    accounts = account_choices(session, who, facility)
    set_choices(form.account_id, accounts, empty="Choose an account")
    return form_view(
        form,
        command=lambda: LinkAccount(
            facility_id,
            as_id(form.account_id.data) or 0,
            minor_of(form.allocation, facility.exponent) or 0,
        ),
        title="Link Account",
        submit_label="Link Account",
        to=f"{PATH}/{facility_id}",
        done_title="Account linked",
        form_fields=_FIELDS,
        amounts=("allocation",),
        currency=facility.currency,
        precision=facility.exponent,
        summary=[fact("Facility", cells.ident(facility.reference))],
    )


@blueprint.route(f"{LINKS}/<int:link_id>/edit", methods=_METHODS)
@permit("facilities.allocate")
def edit(link_id: int) -> Response:
    """Change an allocation."""
    session, who = read_session(), actor()
    found = find_link(session, who, link_id)
    facility = session.get_one(Facility, found.facility_id)
    account = session.get_one(Account, found.account_id)
    amount = cells.money(found.allocation_minor, facility.exponent, facility.currency)
    form = AllocationForm(allocation=amount["text"])
    return form_view(
        form,
        command=lambda: ChangeAllocation(
            link_id, posted_version(), minor_of(form.allocation, facility.exponent) or 0
        ),
        title="Edit allocation",
        submit_label="Save changes",
        to=f"{PATH}/{facility.id}",
        done_title="Allocation saved",
        record=found,
        form_fields=_FIELDS,
        amounts=("allocation",),
        currency=facility.currency,
        precision=facility.exponent,
        summary=[
            fact("Facility", cells.ident(facility.reference)),
            fact("Account", cells.text(account.title())),
        ],
    )


@blueprint.route(f"{LINKS}/<int:link_id>/unlink", methods=_METHODS)
@permit("facilities.allocate")
def unlink(link_id: int) -> Response:
    """Release an account, after saying which and how much becomes free (E30.18)."""
    session, who = read_session(), actor()
    found = find_link(session, who, link_id)
    facility = session.get_one(Facility, found.facility_id)
    account = session.get_one(Account, found.account_id)

    def amount(minor: int) -> cells.Cell:
        return cells.money(minor, facility.exponent, facility.currency)

    return confirm_view(
        command=lambda: UnlinkAccount(link_id),
        title="Unlink account",
        body="The allocation is released and the account can no longer draw under the facility. "
        "The account itself stays.",
        rows=[
            fact("Account", cells.text(account.title())),
            fact("Allocation released", amount(found.allocation_minor)),
            fact("Outstanding", amount(found.outstanding_minor)),
        ],
        verb="Unlink",
        to=f"{PATH}/{facility.id}",
        done_title="Account unlinked",
        danger=True,
    )
