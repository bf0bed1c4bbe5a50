"""Licences for the platform's people: list, create, change, and numbering (E08, E09, E38)."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.access.step_up import stepped_up
from app.controls.commands import perform
from app.controls.permissions import holds
from app.controls.tenant import Licence, Organisation
from app.kernel.countries import known_countries
from app.kernel.currencies import known_currencies
from app.kernel.errors import Refusal
from app.kernel.zones import known_zones
from app.licences.commands import EditLicence, SetLicenceActive
from app.licences.forms import LicenceForm, LicenceTermsForm, SequenceForm
from app.licences.pages import PATH, country_name, licence_page, standing_badge
from app.licences.provisioning import ProvisionOrganisation
from app.licences.queries import licence_of, licences, sequence_of
from app.licences.sequences import FormatSequence, InitialiseSequences, sequences_of
from app.web import cells
from app.web.context import actor, read_session, refresh
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import Column, Listing, contains, register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.respond import done, refused

blueprint = Blueprint("licences", __name__)


LICENCES = register(
    Listing(
        name="licences",
        title="Licenses",
        section="Platform",
        path=PATH,
        select=lambda _actor: licences(),
        key=Licence.id,
        columns=(
            Column(
                "name",
                "Company name",
                lambda row: cells.text(row.Organisation.name),
                sort=Organisation.name,
                priority=1,
            ),
            Column(
                "country", "Country", lambda row: cells.text(country_name(row.Organisation.country))
            ),
            Column(
                "currency", "Base currency", lambda row: cells.text(row.Organisation.base_currency)
            ),
            Column(
                "expires",
                "Expiry date",
                lambda row: cells.day(row.Licence.expires_on),
                sort=Licence.expires_on,
            ),
            Column(
                "status",
                "Status",
                lambda row: cells.badge(**standing_badge(row.Organisation)),
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
        label=lambda row: row.Organisation.name,
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
@stepped_up
def new() -> Response:
    """Create a licence and with it the whole organisation (E08)."""
    form = LicenceForm()
    set_choices(form.country, known_countries(), empty="Choose a country")
    set_choices(form.time_zone, known_zones(), empty="That of the country")
    fiat = [one for one in known_currencies().values() if one.kind == "fiat"]
    rows = [(one.code, f"{one.code} · {one.name}") for one in fiat]
    set_choices(form.base_currency, rows, empty="Choose a currency")
    return form_view(
        form,
        command=lambda: ProvisionOrganisation(
            **{name: form[name].data for name in form._fields if name != "modules"},
            modules=tuple(form.modules.data or ()),
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
    return show_detail(licence_page(actor(), licence, tenant, sequences))


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


@blueprint.route(f"{PATH}/<int:licence_id>/sequences/<int:sequence_id>", methods=["GET", "POST"])
@permit("licences.edit")
def sequence(licence_id: int, sequence_id: int) -> Response:
    """Change how a sequence is written and which number comes next."""
    found = sequence_of(read_session(), licence_id, sequence_id)
    form = SequenceForm(obj=found)
    return form_view(
        form,
        command=lambda: FormatSequence(
            sequence_id,
            posted_version(),
            form.prefix.data,
            form.width.data,
            form.next_value.data,
        ),
        title=f"Edit sequence {found.name}",
        submit_label="Save changes",
        to=f"{PATH}/{licence_id}",
        done_title="Sequence saved",
        record=found,
        intro="Numbers that were given stay as they are. The next ones follow this format.",
    )


@blueprint.route(f"{PATH}/<int:licence_id>/edit", methods=["GET", "POST"])
@permit("licences.edit")
@stepped_up
def edit(licence_id: int) -> Response:
    """Change expiry and modules; the licence is signed anew."""
    licence, tenant = licence_of(read_session(), licence_id)
    form = LicenceTermsForm(obj=licence)
    return form_view(
        form,
        command=lambda: EditLicence(
            licence_id, posted_version(), form.expires_on.data, tuple(form.modules.data or ())
        ),
        title=f"Edit license of {tenant.name}",
        submit_label="Save changes",
        to=f"{PATH}/{licence_id}",
        done_title="License saved",
        record=licence,
    )


@blueprint.route(f"{PATH}/<int:licence_id>/deactivate", methods=["GET", "POST"])
@permit("licences.edit")
@stepped_up
def deactivate(licence_id: int) -> Response:
    """Disable a licence after a confirmation (E38.11)."""
    return _set_active(
        licence_id,
        is_active=False,
        body="Its people and customers can sign in, and see nothing but that it is inactive.",
    )


@blueprint.route(f"{PATH}/<int:licence_id>/activate", methods=["GET", "POST"])
@permit("licences.edit")
@stepped_up
def activate(licence_id: int) -> Response:
    """Enable a licence again."""
    return _set_active(licence_id, is_active=True, body="Its people can work again at once.")


def _set_active(licence_id: int, *, is_active: bool, body: str) -> Response:
    licence, tenant = licence_of(read_session(), licence_id)
    verb = "Activate" if is_active else "Deactivate"
    return confirm_view(
        command=lambda: SetLicenceActive(licence_id, is_active=is_active),
        title=f"{verb} license",
        body=body,
        rows=[
            fact("Company name", cells.text(tenant.name)),
            fact("Expiry date", cells.day(licence.expires_on)),
        ],
        verb=verb,
        to=f"{PATH}/{licence_id}",
        done_title=f"License {verb.lower()}d",
        danger=not is_active,
    )
