"""A second organisation, just licensed and not yet at work: what the platform's people look at."""

import os
from datetime import timedelta

from sqlalchemy import select

from app.controls.commands import door, perform
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.controls.tenant import Organisation
from app.db.session import database
from app.demonstration.script import address
from app.licences.provisioning import ProvisionOrganisation

NAME = "Lakeside Cooperative"
_TRIAL_DAYS = 30


def license_neighbour() -> None:
    """License it for a month and for a part of the house; it numbers nobody yet."""
    with database.reading() as session:
        if session.scalar(select(Organisation.id).where(Organisation.name == NAME)) is not None:
            return
    today = door.clock().date()
    perform(
        ProvisionOrganisation(
            name=NAME,
            country="UG",
            base_currency="UGX",
            time_zone="Africa/Kampala",
            expires_on=today + timedelta(days=_TRIAL_DAYS),
            business_date=today,
            administrator_email=address("lakeside"),
            administrator_first_name="Joel",
            administrator_last_name="Oduya",
            administrator_password=os.environ["COUNTINGHOUSE_DEMO_PASSWORD"],
            modules=("core-banking", "ledger"),
            is_demonstration=True,
        ),
        system_actor(None, ALL_PERMISSIONS, "Demonstration"),
    )
