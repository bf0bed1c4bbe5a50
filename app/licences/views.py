"""Licences for the platform's own people: list, create, and the sequences of an organisation."""

from datetime import date
from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from app.controls.commands import door, perform
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.kernel.countries import known_countries
from app.kernel.currencies import known_currencies
from app.kernel.errors import Refusal
from app.licences.forms import LicenceForm
from app.licences.provisioning import InitialiseSequences, ProvisionOrganisation
from app.licences.queries import is_expired, licence_of, licences, sequences_of
from app.organisation.models import Licence
from app.web import cells
from app.web.context import actor, read_session, refresh
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import Column, Listing, contains, register
from app.web.listpage import send_csv, show_list
from app.web.pages import fact, form_view, show_detail
from app.web.respond import done, refused

PATH = "/admin/licences"
blueprint = Blueprint("licences", __name__)


def _status(expires_on: date, *, is_active: bool) -> dict[str, str]:
    if is_expired(expires_on, door.clock().date()):
        return {"text": "Expired", "tone": "danger"}
    return (
        {"text": "Active", "tone": "success"}
        if is_active
        else {"text": "Inactive", "tone": "warning"}
    )


def _country(code: str) -> str:
    return known_countries().get(code, code)


LICENCES = register(
    Listing(
        name="licences",
        title="Licenses",
        section="System",
        path=PATH,
        select=lambda _actor: licences(),
        key=Licence.id,
        columns=(
            Column(
                "name",
                "Company name",
                lambda row: cells.text(row.name),
                sort=Organisation.name,
                priority=1,
            ),
            Column("country", "Country", lambda row: cells.text(_country(row.country))),
            Column("currency", "Base currency", lambda row: cells.text(row.base_currency)),
            Column(
                "expires",
                "Expiry date",
                lambda row: cells.day(row.expires_on),
                sort=Licence.expires_on,
            ),
            Column(
                "status",
                "Status",
                lambda row: cells.badge(**_shown(row)),
                priority=1,
            ),
            Column(
                "created",
                "Created",
                lambda row: cells.instant(row.created_at),
                sort=Licence.created_at,
            ),
        ),
        search=contains(Organisation.name),
        search_hint="Company name",
        sort="name",
        href=lambda row: f"{PATH}/{row.id}",
        label=lambda row: row.name,
        empty="Create a licence to set up an organisation.",
    )
)


@blueprint.get(PATH)
@permit("licences.view")
def licences_list() -> Response:
    """List the licences of all organisations."""
    create = {"label": "Create license", "href": f"{PATH}/new"}
    return show_list(LICENCES, create=create if holds(actor(), "licences.create") else None)


@blueprint.get(f"{PATH}.csv")
@permit("licences.view")
def licences_csv() -> Response:
    """Send the list as CSV."""
    return send_csv(LICENCES)


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("licences.create")
def new() -> Response:
    """Create a licence and with it the whole organisation (E08)."""
    form = LicenceForm()
    set_choices(form.country, list(known_countries().items()), empty="Choose a country")
    fiat = [one for one in known_currencies().values() if one.kind == "fiat"]
    rows = [(one.code, f"{one.code} · {one.name}") for one in fiat]
    set_choices(form.base_currency, rows, empty="Choose a currency")
    return form_view(
        form,
        command=lambda: ProvisionOrganisation(
            business_date=door.clock().date(),
            **{name: form[name].data for name in form._fields},
        ),
        title="Create license",
        submit_label="Create",
        to=PATH,
        done_title="License created",
        form_fields="licences/_fields.html",
    )


@blueprint.get(f"{PATH}/<int:licence_id>")
@permit("licences.view")
def show(licence_id: int) -> Response:
    """Show a licence with the sequences of its organisation (E09.01)."""
    licence, tenant = licence_of(read_session(), licence_id)
    sequences = sequences_of(read_session(), tenant.id)
    return show_detail(_detail(actor(), licence, tenant, sequences))


@blueprint.post(f"{PATH}/<int:licence_id>/sequences")
@permit("licences.edit")
def initialise(licence_id: int) -> Response:
    """Create the CUSTOMER and ACCOUNT sequences (E09.02-04)."""
    _licence, tenant = licence_of(read_session(), licence_id)
    to = f"{PATH}/{licence_id}"
    try:
        perform(InitialiseSequences(), actor().within(tenant.id))
    except Refusal as refusal:
        return refused(refusal, back=to)
    finally:
        refresh()
    return done("Sequences initialized successfully", to=to)


def _shown(row: Any) -> dict[str, str]:
    status = _status(row.expires_on, is_active=row.is_active)
    return {"shown": status["text"], "tone": status["tone"]}


def _detail(
    who: Actor, licence: Licence, tenant: Organisation, sequences: dict[str, bool]
) -> dict[str, Any]:
    may_start = holds(who, "licences.edit") and not all(sequences.values())
    return {
        "title": tenant.name,
        "subtitle": "License",
        "ident": "",
        "badge": _status(licence.expires_on, is_active=licence.is_active),
        "back": {"label": "Licenses", "href": PATH},
        "actions": [],
        "cards": [
            {
                "title": "Organization",
                "rows": [
                    fact("Company name", cells.text(tenant.name)),
                    fact("Country", cells.text(_country(tenant.country))),
                    fact("Base currency", cells.text(tenant.base_currency)),
                    fact("Expiry date", cells.day(licence.expires_on)),
                    fact("Business date", cells.day(tenant.business_date)),
                ],
                "open": True,
            }
        ],
        "tabs": [],
        "workflow": None,
        "timeline": [],
        "version": licence.version,
        "extra": "licences/_sequences.html",
        "sequences": [
            {"name": name, "text": "Initialized" if is_there else "Pending", "is_there": is_there}
            for name, is_there in sequences.items()
        ],
        "initialise_href": f"{PATH}/{licence.id}/sequences" if may_start else None,
    }
