"""The time zones that may be chosen, and those that countries have, by the names of CLDR."""

from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global

UTC = "UTC"


@cache
def known_zones() -> tuple[str, ...]:
    """Return the zones that some country has and this machine knows, and UTC, by name."""
    named = {zone for zones in get_global("territory_zones").values() for zone in zones}
    return (UTC, *sorted(named & available_timezones()))


def zone_of(country: str) -> str | None:
    """Return the one time zone of a country; None where it has several, or none is known."""
    zones = [one for one in get_global("territory_zones").get(country, ()) if one in known_zones()]
    return zones[0] if len(zones) == 1 else None
