"""What an address asks of a list, and which rows it leaves."""

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.saved_views import preferences_of
from app.web.context import actor, read_session
from app.web.forms import is_id
from app.web.listing import Chosen, Listing, Query, narrowed, read


def chosen_of(listing: Listing, session: Session, who: Actor, asked: Query) -> Chosen:
    """Read the filters, search, columns and sort that an address asks for."""
    kept = preferences_of(session, who.user_id, listing.name)
    return read(listing, asked, shown=kept.columns)


def matching_ids(listing: Listing, asked: Query, *, most: int) -> list[int]:
    """Return the keys in scope a bulk action means: the ticked, or all that match the address."""
    who = actor()
    if asked.get("all"):
        query = narrowed(listing, who, chosen_of(listing, read_session(), who, asked)).query
    else:
        ids = [int(one) for one in asked.getlist("id")[:most] if is_id(one)]
        query = listing.select(who).where(listing.key.in_(ids))
    query = query.with_only_columns(listing.key).order_by(listing.key)
    return list(read_session().scalars(query.limit(most)))
