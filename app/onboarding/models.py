"""What a project opens for a customer who was approved."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.sight import SeenWithProject
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId
from app.reference.codes import CLIENT_KINDS


class OnboardingRule(Tenant, Versioned, Stamped, SeenWithProject, Base):
    """The account that a kind of customer of a project gets when they are approved (W02.01-04)."""

    __tablename__ = "onboarding_rule"
    __constraints__ = (
        UniqueConstraint("organisation_id", "project_id", "kind"),
        CheckConstraint(f"kind in {tuple(CLIENT_KINDS)}", name="kind"),
        within("project", "project_id"),
        within("product", "product_id"),
        within("account_type", "account_type_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    kind: Mapped[str]
    product_id: Mapped[int] = mapped_column(BigId)
    account_type_id: Mapped[int | None] = mapped_column(BigId)
    currency: Mapped[str]
    sends_welcome: Mapped[bool] = mapped_column(default=True)

    def title(self) -> str:
        """Name the rule in the log."""
        return f"Onboarding of {CLIENT_KINDS[self.kind].lower()} customers"
