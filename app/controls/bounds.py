"""Where and when an agent may act: judged in one place, at the door of commands (E26.18).

An actor carries the bounds, which are read with the person; whoever has none costs nothing.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo

from app.kernel.errors import Conflict, Refusal

POSITION_KEPT = timedelta(minutes=15)
_EARTH_RADIUS_METRES = 6_371_000
_MICRO = 1_000_000
_DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,6})?")
MOST_LATITUDE, MOST_LONGITUDE = 90, 180
SUSPENDED = "Your work as an agent is suspended. Contact your branch."
UNLOCATED = "Your position is not known. Allow this browser to share your location, then try again."
OUTSIDE = "You are outside of the zone you may work in"


def demand_within(bounds: "Bounds", now: datetime) -> None:
    """Refuse (409) whatever an agent does outside of their bounds."""
    sentence = bounds.obstacle(now)
    if sentence is not None:
        raise OutOfBounds(sentence)


def parse_degrees(text: str, *, name: str, most: int) -> int:
    """Read typed degrees such as "-1.286389" into millionths; refuses (422) what is none."""
    typed = text.strip()
    if not _DEGREES.fullmatch(typed) or abs(Decimal(typed)) > most:
        raise Refusal(f"{name} must be degrees from -{most} to {most}, such as -1.286389")
    return int(Decimal(typed).scaleb(6))


def shown_degrees(micro: int | None) -> str:
    """Write millionths of a degree as degrees; none is nothing."""
    return "" if micro is None else format(Decimal(micro).scaleb(-6), "f")


class OutOfBounds(Conflict):
    """An agent acts outside of working hours or zone; nothing is changed (409)."""

    title = "You cannot act now"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in millionths of a degree, and when it was reported."""

    latitude: int
    longitude: int
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Zone:
    """A circle: its centre in millionths of a degree, its radius in metres."""

    latitude: int
    longitude: int
    radius_metres: int

    def distance_metres(self, spot: Spot) -> int:
        """Return how far a spot is from the centre, over the sphere (haversine formula)."""
        north, other = radians(self.latitude / _MICRO), radians(spot.latitude / _MICRO)
        east = radians((spot.longitude - self.longitude) / _MICRO)
        chord = sin((other - north) / 2) ** 2 + cos(north) * cos(other) * sin(east / 2) ** 2
        return round(2 * _EARTH_RADIUS_METRES * asin(sqrt(min(1, chord))))

    def covers(self, spot: Spot) -> bool:
        """Tell whether a spot is inside."""
        return self.distance_metres(spot) <= self.radius_metres


@dataclass(frozen=True, slots=True)
class Bounds:
    """Hours of the organisation's day, the end excluded, and a zone; None does not bound."""

    time_zone: str
    hours: tuple[time, time] | None = None
    zone: Zone | None = None
    spot: Spot | None = None
    is_suspended: bool = False

    def obstacle(self, now: datetime) -> str | None:
        """Return the sentence that says why nothing can be done now, or None."""
        if self.is_suspended:
            return SUSPENDED
        if self.hours is not None:
            start, end = self.hours
            if not start <= now.astimezone(ZoneInfo(self.time_zone)).time() < end:
                return f"You are outside of your working hours, {start:%H:%M} to {end:%H:%M}"
        if self.zone is None:
            return None
        if self.spot is None or now - self.spot.reported_at > POSITION_KEPT:
            return UNLOCATED
        return None if self.zone.covers(self.spot) else OUTSIDE
