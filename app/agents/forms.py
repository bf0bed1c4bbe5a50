"""What is typed of an agent: who, for which branch, in which hours and where."""

from typing import Any

from wtforms import BooleanField, SelectField, StringField, TimeField
from wtforms.validators import Optional

from app.agents.commands import (
    ConfigureAgent,
    CreateAgent,
    EditAgent,
    LinkAgentAccount,
    WorkingConfig,
)
from app.controls.bounds import MOST_LATITUDE, MOST_LONGITUDE, Zone, parse_degrees, shown_degrees
from app.kernel.errors import Refusal
from app.web.forms import Form, as_id, chosen, optional, stripped

_LONGEST_NUMBER = 7


class ConfigForm(Form):
    """When and where an agent may act."""

    start_time = TimeField("Start Time", [Optional()])
    end_time = TimeField("End Time", [Optional()], description="By the clock of the organisation")
    is_geo_locked = BooleanField(
        "Geo-lock", description="The agent can act inside of the allowed zone alone"
    )
    latitude = StringField(
        "Latitude", optional("Latitude", 12), description="The centre of the zone: -1.286389"
    )
    longitude = StringField(
        "Longitude", optional("Longitude", 12), description="The centre of the zone: 36.817223"
    )
    radius = StringField("Radius", optional("Radius", _LONGEST_NUMBER), description="In metres")

    def show(self, agent: Any) -> None:
        """Show the zone that is kept."""
        self.latitude.data = shown_degrees(agent.zone_latitude)
        self.longitude.data = shown_degrees(agent.zone_longitude)
        self.radius.data = str(agent.zone_radius_metres or "")

    def config(self) -> WorkingConfig:
        """Return what was typed."""
        return WorkingConfig(
            self.start_time.data, self.end_time.data, self.is_geo_locked.data, self._zone()
        )

    def configure(self, agent_id: int, version: int) -> ConfigureAgent:
        """Return the command that changes an approved agent."""
        return ConfigureAgent(agent_id, version, self.config())

    def _zone(self) -> Zone | None:
        typed = [stripped(self[name].data) for name in ("latitude", "longitude", "radius")]
        if not any(typed):
            return None
        radius = typed[2]
        if not (radius.isascii() and radius.isdigit()):
            raise Refusal("Radius must be whole metres such as 500", field="radius")
        return Zone(
            self._degrees("latitude", MOST_LATITUDE),
            self._degrees("longitude", MOST_LONGITUDE),
            int(radius),
        )

    def _degrees(self, name: str, most: int) -> int:
        try:
            return parse_degrees(self[name].data or "", name=self[name].label.text, most=most)
        except Refusal as refusal:
            refusal.field = name
            raise


class AgentForm(ConfigForm):
    """An agent (E26.02)."""

    user_id = SelectField("User", chosen("User"), validate_choice=False)
    branch_id = SelectField("Branch", chosen("Branch"), validate_choice=False)

    def create(self, *, hand_in: bool) -> CreateAgent:
        """Return the command of a new agent."""
        return CreateAgent(
            as_id(self.user_id.data) or 0,
            as_id(self.branch_id.data) or 0,
            self.config(),
            submit=hand_in,
        )

    def edit(self, agent_id: int, version: int, *, hand_in: bool) -> EditAgent:
        """Return the command that saves a draft."""
        return EditAgent(agent_id, version, self.config(), submit=hand_in)


class LinkForm(Form):
    """The account that an agent works with."""

    account_id = SelectField("Agent account", chosen("Agent account"), validate_choice=False)

    def command(self, agent_id: int) -> LinkAgentAccount:
        """Return the command."""
        return LinkAgentAccount(agent_id, as_id(self.account_id.data) or 0)
