"""Lists of the organisation: what people are called, how accounts are used, what loans are for."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.records.models import Coded, code_key

CLIENT_KINDS = {"individual": "Individual", "corporate": "Corporate"}


class Title(Coded, Base):
    """How a person is addressed (E19.01)."""

    __tablename__ = "title"
    __constraints__ = (code_key("title"),)


class Gender(Coded, Base):
    """A gender as it is asked for (E19.02)."""

    __tablename__ = "gender"
    __constraints__ = (code_key("gender"),)


class MaritalStatus(Coded, Base):
    """Whether a person is married (E19.03)."""

    __tablename__ = "marital_status"
    __constraints__ = (code_key("marital_status"),)


class CustomerType(Coded, Base):
    """A type of customer; each is of individuals or of corporate customers (design 9.11)."""

    __tablename__ = "customer_type"
    __constraints__ = (
        code_key("customer_type"),
        CheckConstraint("kind in ('individual', 'corporate')", name="kind"),
    )

    kind: Mapped[str]


class CustomerRating(Coded, Base):
    """How risky a customer is held to be (E20.02)."""

    __tablename__ = "customer_rating"
    __constraints__ = (code_key("customer_rating"),)


class AccountStatus(Coded, Base):
    """A status of accounts: whether money may go out, come in, and end-of-day work run (E21)."""

    __tablename__ = "account_status"
    __constraints__ = (code_key("account_status"),)

    allow_debit: Mapped[bool] = mapped_column(default=True)
    allow_credit: Mapped[bool] = mapped_column(default=True)
    allow_cob: Mapped[bool] = mapped_column(default=True)


class DocumentType(Coded, Base):
    """A category of documents kept of a customer (E23.01)."""

    __tablename__ = "document_type"
    __constraints__ = (code_key("document_type"),)


class SourceOfFunds(Coded, Base):
    """Where the organisation's own money comes from (E16)."""

    __tablename__ = "source_of_funds"
    __constraints__ = (code_key("source_of_funds"),)


class LoanPurpose(Coded, Base):
    """What a loan is taken for (E24.02)."""

    __tablename__ = "loan_purpose"
    __constraints__ = (code_key("loan_purpose"),)


class CollateralType(Coded, Base):
    """What a customer can pledge for a loan (E24.03)."""

    __tablename__ = "collateral_type"
    __constraints__ = (code_key("collateral_type"),)
