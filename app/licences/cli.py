"""`python3 wsgi.py create-organisation NAME`: an organisation that is ready to work."""

import secrets
from datetime import datetime, timedelta

import click
from flask.cli import with_appcontext

from app.access.passwords import SHORTEST
from app.controls.commands import door, perform
from app.controls.identity import system_actor
from app.controls.permissions import PLATFORM_ONLY
from app.kernel.countries import known_countries
from app.kernel.errors import Refusal
from app.licences.provisioning import InitialiseSequences, ProvisionOrganisation

_YEAR_DAYS = 365


@click.command("create-organisation")
@click.argument("name")
@click.option("--email", required=True, help="Address of its first administrator.")
@click.option("--country", default="KE", show_default=True, help="Two letters.")
@click.option("--time-zone", default="", help="Such as Africa/Nairobi; that of its country.")
@click.option("--currency", default="KES", show_default=True, help="Its base currency.")
@click.option("--expires-on", type=click.DateTime(["%Y-%m-%d"]), help="A year from now.")
@click.option("--first-name", default="First", show_default=True)
@click.option("--last-name", default="Administrator", show_default=True)
@click.option("--password", help=f"At least {SHORTEST} characters; made up when not given.")
@with_appcontext
def create_organisation(
    *,
    name: str,
    email: str,
    country: str,
    time_zone: str,
    currency: str,
    expires_on: datetime | None,
    first_name: str,
    last_name: str,
    password: str | None,
) -> None:
    """Create the organisation NAME with its licence, roles, chart and numbering."""
    if country.upper() not in known_countries():
        raise click.ClickException("Choose a country by its two letters, such as KE")
    today = door.clock().date()
    password = password or secrets.token_urlsafe(12)
    platform = system_actor(None, PLATFORM_ONLY, "Command line")
    try:
        organisation_id = perform(
            ProvisionOrganisation(
                name=name,
                country=country.upper(),
                base_currency=currency.upper(),
                expires_on=expires_on.date() if expires_on else today + timedelta(_YEAR_DAYS),
                time_zone=time_zone,
                administrator_email=email,
                administrator_first_name=first_name,
                administrator_last_name=last_name,
                administrator_password=password,
            ),
            platform,
        )
        perform(InitialiseSequences(), platform.within(organisation_id))
    except Refusal as refusal:
        raise click.ClickException(refusal.sentence) from refusal
    click.echo(f"{name} is ready.\nSign in as {email} with the password {password}")
