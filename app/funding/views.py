"""Pages of funding sources: the list, one source, its steps, and the tab of an asset."""

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField

from app.assets.pages import asset_detail
from app.assets.queries import asset_row
from app.controls.permissions import find, holds
from app.funding.checking import obstacle_to_verify
from app.funding.commands import (
    SHORTEST_REASON,
    EditFundingSource,
    LinkFundingSource,
    RejectFundingSource,
    UnlinkFundingSource,
    VerifyFundingSource,
)
from app.funding.models import KINDS, FundingSource
from app.funding.resource import FUNDING_SOURCES, PATH, source_detail, sources_of_asset
from app.kernel.errors import Forbidden
from app.ledger.models import Asset
from app.trail.pages import show_history, show_logs
from app.web import cells
from app.web.context import actor, organisation, read_session
from app.web.forms import LONGEST_NOTE, Form, chosen, optional, options, required, stripped
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail
from app.web.resource import Resource, mount

blueprint = Blueprint("funding", __name__)
ASSETS = "/admin/assets"
_METHODS = ["GET", "POST"]
_WAITS = "It is Pending until another person verifies it."
mount(Resource(FUNDING_SOURCES, FundingSource, "Funding source", "funding"), blueprint)


class FundingForm(Form):
    """An external bank account."""

    bank_name = StringField("Bank name", required("Bank name"))
    kind = SelectField("Type", chosen("Type"), choices=options(KINDS))
    number = StringField(
        "Account number or IBAN",
        required("Account number or IBAN"),
        description="Kept encrypted; people see its last four digits",
    )
    name = StringField("Name", optional("Name"), description="What its owner calls it")
    external_id = StringField(
        "Entity id", optional("Entity id"), description="Its id at the provider that linked it"
    )

    def described(self) -> dict[str, Any]:
        """Return what may change later."""
        return {
            "bank_name": stripped(self.bank_name.data),
            "kind": self.kind.data,
            "name": stripped(self.name.data),
            "external_id": stripped(self.external_id.data) or None,
        }


@blueprint.get(f"{PATH}/<int:funding_source_id>")
@permit("funding.view")
def show(funding_source_id: int) -> Response:
    """Show one funding source (V07.01)."""
    return show_detail(_detail(_found(funding_source_id)))


@blueprint.get(f"{PATH}/<int:funding_source_id>/history")
@permit("funding.view")
def history(funding_source_id: int) -> BaseResponse:
    """Show who changed what (V07.05)."""
    source = _found(funding_source_id)
    return show_history(read_session(), actor(), source, _detail(source, tab="/history"))


@blueprint.get(f"{PATH}/<int:funding_source_id>/logs")
@permit("activity.view")
def logs(funding_source_id: int) -> BaseResponse:
    """Show what services did with it (V07.06)."""
    source = _found(funding_source_id)
    return show_logs(read_session(), actor(), source, _detail(source, tab="/logs"))


@blueprint.get(f"{ASSETS}/<int:asset_id>/funding-sources")
@permit("funding.view")
def of_asset(asset_id: int) -> Response:
    """Show the bank accounts linked to an asset (V03.06)."""
    row = asset_row(read_session(), actor(), asset_id)
    takes_more = row.client_id is not None and row.account_closed_on is None
    may = holds(actor(), "funding.create") and takes_more
    return show_detail(
        asset_detail(read_session(), actor(), row, tab="/funding-sources"),
        detail_extra="funding/_sources.html",
        sources=sources_of_asset(read_session(), actor(), asset_id),
        add_href=f"{ASSETS}/{asset_id}/funding-sources/new" if may else None,
    )


@blueprint.route(f"{ASSETS}/<int:asset_id>/funding-sources/new", methods=_METHODS)
@permit("funding.create")
def link(asset_id: int) -> BaseResponse:
    """Link a bank account to an asset."""
    row, form = asset_row(read_session(), actor(), asset_id), FundingForm()
    return form_view(
        form,
        command=lambda: LinkFundingSource(
            asset_id=asset_id, number=stripped(form.number.data), **form.described()
        ),
        title="Link funding source",
        submit_label="Link",
        to=f"{ASSETS}/{asset_id}/funding-sources",
        done_title="Funding source linked",
        done_text=_WAITS,
        summary=[fact("Wallet", cells.ident(row.uid))],
    )


@blueprint.route(f"{PATH}/<int:funding_source_id>/edit", methods=_METHODS)
@permit("funding.edit")
def edit(funding_source_id: int) -> BaseResponse:
    """Change what describes the account."""
    source = _found(funding_source_id)
    was = source.status
    form = FundingForm(obj=source)
    del form.number
    return form_view(
        form,
        command=lambda: EditFundingSource(source.id, posted_version(), **form.described()),
        title="Edit funding source",
        intro="Once changed, it has to be verified again: by another person.",
        submit_label="Save changes",
        to=f"{PATH}/{source.id}",
        done_title="Funding source saved",
        told=lambda status: ("Funding source saved", "" if status == was else _WAITS),
        record=source,
    )


@blueprint.route(f"{PATH}/<int:funding_source_id>/verify", methods=_METHODS)
@permit("funding.verify")
def verify(funding_source_id: int) -> BaseResponse:
    """Verify the account after a confirmation."""
    source, version = _looked_at(funding_source_id)
    obstacle = _obstacle(source)
    if obstacle is not None:
        raise Forbidden(obstacle)
    return confirm_view(
        command=lambda: VerifyFundingSource(source.id, version),
        title="Verify funding source",
        body="The account belongs to the asset's owner. Money may be paid out to it from now on.",
        rows=_summary(source),
        verb="Verify",
        version=version,
        to=f"{PATH}/{source.id}",
        done_title="Funding source verified",
    )


@blueprint.route(f"{PATH}/<int:funding_source_id>/reject", methods=_METHODS)
@permit("funding.verify")
def reject(funding_source_id: int) -> BaseResponse:
    """Reject the account with a reason."""
    source, version = _looked_at(funding_source_id)
    reason = {"label": "Reason", "minimum": SHORTEST_REASON, "maximum": LONGEST_NOTE}
    return confirm_view(
        command=lambda: RejectFundingSource(source.id, version, request.form.get("reason", "")),
        title="Reject funding source",
        body="Nothing can be paid out to it.",
        rows=_summary(source),
        reason=reason,
        verb="Reject",
        version=version,
        to=f"{PATH}/{source.id}",
        done_title="Funding source rejected",
        danger=True,
    )


@blueprint.route(f"{PATH}/<int:funding_source_id>/delete", methods=_METHODS)
@permit("funding.delete")
def unlink(funding_source_id: int) -> BaseResponse:
    """Unlink the account after a confirmation."""
    source = _found(funding_source_id)
    return confirm_view(
        command=lambda: UnlinkFundingSource(source.id),
        title="Unlink funding source",
        body="It can no longer be chosen. What was paid through it still names it.",
        rows=_summary(source),
        verb="Unlink",
        to=PATH,
        done_title="Funding source unlinked",
        danger=True,
    )


def _found(funding_source_id: int) -> FundingSource:
    return find(read_session(), actor(), FundingSource, funding_source_id)


def _looked_at(funding_source_id: int) -> tuple[FundingSource, int]:
    """Return a source and the version that whoever decides has seen."""
    source = _found(funding_source_id)
    return source, posted_version() if request.method == "POST" else source.version


def _obstacle(source: FundingSource) -> str | None:
    tenant = organisation()
    return obstacle_to_verify(read_session(), actor(), tenant, source) if tenant else None


def _detail(source: FundingSource, *, tab: str = "") -> dict[str, Any]:
    asset = read_session().get_one(Asset, source.asset_id)
    return source_detail(actor(), source, asset, tab=tab, obstacle=_obstacle(source))


def _summary(source: FundingSource) -> list[dict[str, Any]]:
    return [
        fact("Account", cells.text(source.title())),
        fact("Type", cells.text(KINDS[source.kind])),
        fact("Entity id", cells.text(source.external_id)),
    ]
