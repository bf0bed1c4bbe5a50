"""What a configuration file carries of how days are closed: the configuration in force.

Who is told of a close are people, and people are no configuration.
"""

from typing import Any

from app.closing.configuration import (
    CONFIGURATION,
    ClosingTerms,
    CreateClosingConfiguration,
    EditClosingConfiguration,
    create_closing_configuration,
    edit_closing_configuration,
)
from app.closing.models import SEVERITIES, ClosingConfiguration
from app.controls.work import Work
from app.records.portable import carry_reviewed


def draft(work: Work, columns: dict[str, Any]) -> int:
    """Draft the configuration and hand it in; returns its id."""
    command = CreateClosingConfiguration(ClosingTerms(**columns), submit=True)
    return create_closing_configuration(work, command)


def edit(work: Work, record: ClosingConfiguration, columns: dict[str, Any]) -> None:
    """Save a draft; who is told stays."""
    terms = ClosingTerms(**columns, notified_ids=tuple(record.notified_ids))
    edit_closing_configuration(work, EditClosingConfiguration(record.id, record.version, terms))


carry_reviewed(
    CONFIGURATION,
    key="closing_configurations",
    title="COB configurations",
    identity=("name",),
    fields=(
        "is_automatic", "closes_at", "is_on_following_day", "blocks_on_failed_fdt", "on_pending",
        "blocks_on_breaches", "left_out",
    ),
    choices={"on_pending": lambda: SEVERITIES},
    exported=lambda record: record.is_in_force,
    create=draft,
    edit=edit,
    note="Choose afterwards who is told of a close.",
)  # fmt: skip
