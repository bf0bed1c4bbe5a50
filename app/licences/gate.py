"""What people meet whose organisation has no good licence: a sentence, and the way out (E38)."""

from flask import Blueprint, Flask, Response, redirect
from werkzeug.wrappers import Response as BaseResponse

from app.access.views import landing
from app.controls.commands import door
from app.controls.licensing import NotLicensed, Standing, standing_of
from app.web.context import actor, organisation
from app.web.guard import LICENCE_ERROR, signed_in
from app.web.respond import is_htmx, render

blueprint = Blueprint("licence_gate", __name__)


@blueprint.get(LICENCE_ERROR)
@signed_in
def licence_error() -> BaseResponse:
    """Show the sentence and "Sign Out", nothing else (E38.08); a good licence leads back in."""
    tenant = organisation()
    standing = standing_of(tenant, door.clock()) if tenant else Standing.GOOD
    if standing is Standing.GOOD:
        return redirect(landing(actor()))
    return render("licences/error.html", status=NotLicensed.status, sentence=standing.value)


def install_gate(app: Flask) -> None:
    """Lead every request that is refused for its licence to the one page that says why."""
    app.register_error_handler(NotLicensed, lead_to_sentence)


def lead_to_sentence(_refusal: NotLicensed) -> BaseResponse:
    """Lead to the page that says what is wrong with the licence."""
    if is_htmx():
        # A fragment cannot be redirected: the page around it has to go.
        return Response(status=204, headers={"HX-Redirect": LICENCE_ERROR})
    return redirect(LICENCE_ERROR, 303)
