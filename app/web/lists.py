"""Addresses that every list shares: its columns and its saved views."""

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField

from app.controls.saved_views import ChooseColumns, DeleteView, EditView, SavedView, SaveView
from app.kernel.errors import Missing
from app.web.context import actor, read_session
from app.web.forms import Form, required
from app.web.guard import signed_in
from app.web.listing import Listing, listings
from app.web.listpage import ALL_VIEW, LISTS, view_query
from app.web.pages import confirm_view, form_view
from app.web.respond import submit

blueprint = Blueprint("lists", __name__, url_prefix=LISTS)


class ViewForm(Form):
    """A view's name."""

    name = StringField("Name", required("Name"))
    is_default = BooleanField("Open the list with this view")


@blueprint.post("/<name>/columns")
@signed_in
def choose_columns(name: str) -> Response:
    """Remember the chosen columns and go back to the list."""
    listing = _listing(name)
    known = {column.key for column in listing.columns}
    wanted = () if request.form.get("reset") else tuple(request.form.getlist("column"))
    submit(ChooseColumns(name, tuple(key for key in wanted if key in known)))
    return redirect(listing.path, 303)


@blueprint.route("/<name>/views/new", methods=["GET", "POST"])
@signed_in
def new_view(name: str) -> Response:
    """Keep the present filters, columns and sort under a name."""
    listing, form, query = _listing(name), ViewForm(), view_query(request.args)
    return form_view(
        form,
        command=lambda: SaveView(name, form.name.data, query, is_default=form.is_default.data),
        title="Create view",
        submit_label="Save view",
        to=f"{listing.path}?{query}",
        done_title="View created",
        view=str,
    )


@blueprint.route("/views/<int:view_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_view(view_id: int) -> Response:
    """Rename a view or make it the default."""
    view = _own_view(view_id)
    form = ViewForm(obj=view)
    return form_view(
        form,
        command=lambda: EditView(view_id, form.name.data, is_default=form.is_default.data),
        title="Edit view",
        submit_label="Save changes",
        to=_listing(view.listing).path,
        done_title="View saved",
        view=lambda _listing: str(view_id),
    )


@blueprint.route("/views/<int:view_id>/delete", methods=["GET", "POST"])
@signed_in
def delete_view(view_id: int) -> Response:
    """Delete a view after a confirmation."""
    view = _own_view(view_id)
    return confirm_view(
        command=lambda: DeleteView(view_id),
        title="Delete view",
        body=f"The view “{view.name}” is removed from your list. The records stay.",
        verb="Delete view",
        to=_listing(view.listing).path,
        done_title="View deleted",
        view=ALL_VIEW,
        danger=True,
    )


def _listing(name: str) -> Listing:
    if name not in listings:
        abort(404)
    return listings[name]


def _own_view(view_id: int) -> SavedView:
    view = read_session().get(SavedView, view_id)
    if view is None or view.user_id != actor().user_id:
        raise Missing
    return view
