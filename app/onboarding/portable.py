"""What a configuration file carries of what projects open for their customers."""

from typing import Any

from app.controls.portable import Portable, portable
from app.controls.work import Work
from app.onboarding.commands import (
    CreateOnboardingRule,
    EditOnboardingRule,
    Opening,
    create_onboarding_rule,
    edit_onboarding_rule,
)
from app.onboarding.models import OnboardingRule
from app.reference.codes import CLIENT_KINDS


def add(work: Work, columns: dict[str, Any]) -> OnboardingRule:
    """Add the rule."""
    own = (columns.pop("project_id"), columns.pop("kind"))
    rule_id = create_onboarding_rule(work, CreateOnboardingRule(*own, Opening(**columns)))
    return work.session.get_one(OnboardingRule, rule_id)


def save(work: Work, record: OnboardingRule, columns: dict[str, Any]) -> None:
    """Save what is opened; project and kind name the rule."""
    del columns["project_id"], columns["kind"]
    edit_onboarding_rule(work, EditOnboardingRule(record.id, record.version, Opening(**columns)))


portable(
    Portable(
        "onboarding_rules",
        "Onboarding rules",
        OnboardingRule,
        "configuration",
        identity=("project", "kind"),
        fields=("product", "account_type", "currency", "sends_welcome"),
        references={
            "project": "projects",
            "product": "products",
            "account_type": "account_types",
        },
        choices={"kind": lambda: CLIENT_KINDS},
        create=add,
        edit=save,
    )
)
