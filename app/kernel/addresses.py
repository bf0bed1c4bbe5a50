"""Addresses of mail, judged by their form alone: no domain is asked."""

from email_validator import EmailNotValidError, validate_email

NO_ADDRESS = "Please enter a valid email address"


def is_address(text: str) -> bool:
    """Tell whether mail could be sent to a text."""
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
