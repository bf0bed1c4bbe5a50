"""One step for many rows: ask once, carry it out row by row, say which rows were refused."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from app.controls.commands import perform
from app.kernel.counts import counted
from app.kernel.errors import Refusal
from app.web.cells import text
from app.web.context import actor, refresh
from app.web.listing import Listing
from app.web.narrowing import matching_ids
from app.web.pages import fact
from app.web.respond import done, new_key, render

MOST_ROWS = 500
_MIXED = 207


def bulk_view(
    listing: Listing,
    *,
    command: Callable[[int], Any],
    name: Callable[[int], str],
    verb: str,
    noun: str,
    body: str,
    done_word: str,
) -> Response:
    """Confirm and carry out a command for the ticked rows, or for all that match the address.

    What is confirmed is the rows that were counted, whatever matches by then. Each is a command of
    its own: those that are refused are listed with their sentence, the others are done. `name`
    says how a row is called where it is refused.
    """
    confirmed = request.form if "id" in request.form else request.args
    ids = matching_ids(listing, confirmed, most=MOST_ROWS + 1)
    if not ids:
        raise Refusal("Choose at least one row")
    if len(ids) > MOST_ROWS:
        raise Refusal(f"At most {MOST_ROWS} rows can be handled at once. Narrow the list first.")
    many = counted(len(ids), noun)
    if request.method == "GET":
        title = f"{verb} {many}"
        return _ask(title=f"{title}?", body=body, verb=title, to=listing.path, ids=ids)
    key = request.form.get("key") or new_key()
    refused = [(one, sentence) for one in ids if (sentence := _try(command, one, f"{key}-{one}"))]
    refresh()
    succeeded = len(ids) - len(refused)
    if not refused:
        return done(f"{many} {done_word}", to=listing.path)
    return _ask(
        title=f"{succeeded:,} of {many} {done_word}",
        body="These were left as they are:",
        verb="",
        to=listing.path,
        rows=[fact(name(one), text(sentence)) for one, sentence in refused],
        status=_MIXED,
    )


def _try(command: Callable[[int], Any], row_id: int, key: str) -> str | None:
    """Carry the command of one row out; returns the sentence of its refusal, or None."""
    try:
        perform(command(row_id), actor(), key=key)
    except Refusal as refusal:
        return refusal.sentence
    return None


def _ask(
    *,
    title: str,
    body: str,
    verb: str,
    to: str,
    ids: Sequence[int] = (),
    rows: Sequence[dict[str, Any]] = (),
    status: int = 200,
) -> Response:
    confirm = {
        "title": title,
        "body": body,
        "rows": rows,
        "hidden": [("id", one) for one in ids],
        "action_href": request.full_path,
        "verb": verb,
        "cancel_href": to,
        "danger": False,
        "reason": None,
        "key": new_key(),
        "version": None,
    }
    return render(
        "resource/confirm.html", fragment="resource/_confirm.html", status=status, confirm=confirm
    )
