"""Addresses of mail, judged by their form alone: no domain is asked."""

from email_validator import EmailNotValidError, validate_email

NO_ADDRESS = "Please enter a valid email address"


def is_address(text: str) -> bool:
    """Tell whether mail could be sent to a text.

    Before the @ there are at most 64 characters, all of them ASCII (RFC 5321 4.5.3.1.1): others
    need SMTPUTF8 (RFC 6531), which the post does not speak.
    """
    try:
        validate_email(
            text,
            allow_smtputf8=False,
            strict=True,
            check_deliverability=False,
            test_environment=True,
        )
    except EmailNotValidError:
        return False
    return True
