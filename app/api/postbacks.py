"""Events and postbacks: what systems can be told, what they were told, and told again."""

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.fields import LARGEST_ID, PageQuery, Whole, page_of, paged
from app.api.interface import Blueprint, carry_out
from app.controls.permissions import find, scoped
from app.integrations.catalogue import EVENT_NAMES, EVENTS
from app.integrations.models import STATES, Delivery
from app.integrations.running import Redeliver
from app.web.context import actor, read_session
from app.web.guard import permit

blueprint = Blueprint("webhooks", "Banking events, and the postbacks that tell of them.")


class EventShown(Schema):
    """A kind of event, with an example of its data."""

    name = fields.String()
    when = fields.String()
    example = fields.Dict()


class EventsShown(Schema):
    """Every kind of event."""

    items = fields.List(fields.Nested(EventShown))


class PostbackShown(Schema):
    """A postback: one event for one hook."""

    id = fields.Integer()
    hook_id = fields.Integer()
    message_id = fields.String()
    event = fields.String()
    entity = fields.String()
    entity_id = fields.Integer()
    state = fields.String(metadata={"enum": list(STATES)})
    attempts = fields.Integer()
    last_answer = fields.String()
    payload = fields.Dict()
    created_at = fields.DateTime()
    next_at = fields.DateTime(allow_none=True)
    settled_at = fields.DateTime(allow_none=True)


class PostbackQuery(PageQuery):
    """Which postbacks are asked for."""

    event = fields.String(validate=validate.OneOf(EVENT_NAMES))
    state = fields.String(validate=validate.OneOf(tuple(STATES)))
    entity = fields.String(validate=validate.Length(max=40))
    entity_id = Whole(low=1, high=LARGEST_ID, is_asked=True)


@blueprint.read("/webhooks/events")
@permit("hook-configs.view")
@blueprint.response(200, EventsShown)
def list_events() -> dict[str, Any]:
    """List the events that a hook can be told of."""
    return {"items": EVENTS}


@blueprint.read("/webhooks/postbacks")
@permit("hook-configs.view")
@blueprint.arguments(PostbackQuery, location="query")
@blueprint.response(200, paged(PostbackShown))
def list_postbacks(asked: dict[str, Any]) -> Any:
    """List postbacks, oldest first; `entity` and `entity_id` give those of one record."""
    query = scoped(actor(), Delivery)
    for name in ("event", "state", "entity", "entity_id"):
        if name in asked:
            query = query.where(getattr(Delivery, name) == asked[name])
    return page_of(read_session(), query, Delivery.id, asked)


@blueprint.read("/webhooks/postbacks/<int:delivery_id>")
@permit("hook-configs.view")
@blueprint.response(200, PostbackShown)
def show_postback(delivery_id: int) -> Delivery:
    """Read a postback."""
    return find(read_session(), actor(), Delivery, delivery_id)


@blueprint.write("/webhooks/postbacks/<int:delivery_id>/redeliver")
@permit("hook-configs.redeliver")
@blueprint.response(202, PostbackShown)
def redeliver(delivery_id: int) -> Delivery:
    """Send a postback again that was delivered or has failed, under its own message id."""
    find(read_session(), actor(), Delivery, delivery_id)
    carry_out(Redeliver(delivery_id))
    return find(read_session(), actor(), Delivery, delivery_id)
