"""The daily heads of the log's chain: a list to look at, and each day's lines to keep elsewhere."""

import json
from typing import Any

from flask import Blueprint, Response, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.activity.resource import HEADS_PATH
from app.controls.identity import PLATFORM
from app.kernel.errors import Missing
from app.ledger.seals import Seal
from app.reports.daily_heads import DayOfHeads, kept_days
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.respond import render

blueprint = Blueprint("reports", __name__)


@blueprint.get(HEADS_PATH)
@permit("activity.view")
def show_heads() -> Response:
    """List the heads kept day by day, and tell whether each is still a link of its chain."""
    session = read_session()
    days = [
        {
            "day": one.day,
            "href": f"{HEADS_PATH}/{one.day}.jsonl",
            "heads": [head | {"holds": _holds(session, head)} for head in one.heads],
        }
        for one in _days()
        if one.heads
    ]
    return render("activity/heads.html", days=days)


@blueprint.get(f"{HEADS_PATH}/<day>.jsonl")
@permit("activity.view")
def download(day: str) -> Response:
    """Send a day's lines, as `verify --expect` reads them; of one's own organisation alone."""
    found = next((one for one in _days() if one.day == day and one.heads), None)
    if found is None:
        raise Missing
    lines = "".join(json.dumps(head) + "\n" for head in found.heads)
    response = Response(lines, mimetype="application/x-ndjson")
    response.headers.set("Content-Disposition", "attachment", filename=f"heads-{found.day}.jsonl")
    return response


def _days() -> list[DayOfHeads]:
    who = actor()
    if who.organisation_id is None and not who.may(PLATFORM):
        raise Missing
    return list(kept_days(current_app.config["COUNTINGHOUSE"].files, who.organisation_id))


def _holds(session: Session, head: dict[str, Any]) -> bool:
    query = select(Seal.hash).where(
        Seal.organisation_id == head["organisation"], Seal.number == head["seal"]
    )
    found = session.scalars(query).one_or_none()
    return found is not None and bytes(found).hex() == head["hash"]
