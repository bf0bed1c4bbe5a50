"""The other operations of a wallet: top-up through a platform, payout, earning (L06.06)."""

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.assets.queries import asset_row
from app.counter.commands import MoveAtCounter
from app.counter.forms import MovementForm, SignedForm, description_field, value_date_field
from app.counter.views import ASSETS, movement
from app.funding.resource import source_choices
from app.platforms.screens import platform_choices
from app.transactions.wallets import LONGEST_HOURS, CreditEarning, Payout, TopUp
from app.web.context import actor, read_session
from app.web.forms import as_id, chosen, optional, required, set_choices, stripped
from app.web.guard import permit

blueprint = Blueprint("wallet_counter", __name__)
_METHODS = ["GET", "POST"]


class TopUpForm(MovementForm):
    """Money that a platform brings in."""

    platform_id = SelectField("Gateway", chosen("Gateway"), validate_choice=False)
    external_id = StringField(
        "Gateway reference",
        required("Gateway reference"),
        description="The payment's id at the gateway",
    )
    funding_source_id = SelectField("Source funding", [Optional()], validate_choice=False)
    expires_hours = IntegerField(
        "Expires after",
        [
            InputRequired("Expires after is required"),
            NumberRange(1, LONGEST_HOURS, f"Expires after must be 1 to {LONGEST_HOURS} hours"),
        ],
        default=24,
        description="Hours after which it expires if the gateway has not confirmed it",
    )
    description = description_field()
    value_date = value_date_field()


class PayoutForm(SignedForm):
    """Money sent out to a verified bank account."""

    funding_source_id = SelectField(
        "Destination funding",
        chosen("Destination funding"),
        validate_choice=False,
        description="Verified bank accounts of this wallet",
    )
    description = description_field()
    value_date = value_date_field()


class EarningForm(MovementForm):
    """Money credited for completed work or as a distribution."""

    source = StringField("Source", optional("Source"), description="What it was earned with")
    description = description_field()
    value_date = value_date_field()


@blueprint.route(f"{ASSETS}/<int:asset_id>/top-up", methods=_METHODS)
@permit("assets.deposit")
def top_up(asset_id: int) -> Response:
    """Record a payment that comes through a platform (L06.01)."""
    session, who, form = read_session(), actor(), TopUpForm()
    row = asset_row(session, who, asset_id)
    platforms = platform_choices(session, who, row.project_id)
    set_choices(form.platform_id, platforms, empty="Choose a gateway")
    sources = source_choices(session, who, [asset_id], only_verified=False)
    form.offer_sources(sources)

    def command(asset: Any) -> TopUp:
        return TopUp(
            asset.id,
            form.minor("amount", asset.exponent),
            as_id(form.platform_id.data) or 0,
            stripped(form.external_id.data),
            form.particulars(),
            funding_source_id=form.funding_source(),
            expires_hours=form.expires_hours.data,
        )

    return movement(form, [row], command, word="Top-up", to=f"{ASSETS}/{asset_id}", kind="deposit")


@blueprint.route(f"{ASSETS}/<int:asset_id>/payout", methods=_METHODS)
@permit("assets.withdraw")
def payout(asset_id: int) -> Response:
    """Send money out to a verified bank account (L02.06)."""
    session, who, form = read_session(), actor(), PayoutForm()
    row = asset_row(session, who, asset_id)
    sources = source_choices(session, who, [asset_id], only_verified=True)
    set_choices(form.funding_source_id, sources, empty="Choose a bank account")

    def command(asset: Any) -> MoveAtCounter:
        source_id = as_id(form.funding_source_id.data) or 0
        amount_minor = form.minor("amount", asset.exponent)
        moved = Payout(asset.id, amount_minor, source_id, form.particulars())
        return MoveAtCounter(moved, form.who_signed())

    return movement(form, [row], command, word="Payout", to=f"{ASSETS}/{asset_id}", kind="payout")


@blueprint.route(f"{ASSETS}/<int:asset_id>/earning", methods=_METHODS)
@permit("assets.deposit")
def earning(asset_id: int) -> Response:
    """Credit an earning (L06.02)."""
    row, form = asset_row(read_session(), actor(), asset_id), EarningForm()

    def command(asset: Any) -> CreditEarning:
        return CreditEarning(asset.id, form.minor("amount", asset.exponent), form.particulars())

    return movement(form, [row], command, word="Earning", to=f"{ASSETS}/{asset_id}", kind="earning")
