"""Addresses of mail, judged by their form alone: no domain is asked."""

from email_validator import EmailNotValidError, validate_email

NO_ADDRESS = "Please enter a valid email address"


def is_address(text: str) -> bool:
    """Tell whether mail could be sent to a text.

    Before the @ there are at most 64 characters, all of them ASCII (RFC 5321 4.5.3.1.1): others
    need SMTPUTF8 (RFC 6531), which the post does not speak.
    """
    return _is_valid(text, is_reached=True)


def has_form_of_address(text: str) -> bool:
    """Tell whether a text is written as an address, though no mail of ours may reach it.

    Who has had such a one for long signs in by it.
    """
    return _is_valid(text, is_reached=False)


def _is_valid(text: str, *, is_reached: bool) -> bool:
    try:
        validate_email(
            text,
            allow_smtputf8=not is_reached,
            strict=is_reached,
            check_deliverability=False,
            test_environment=True,
        )
    except EmailNotValidError:
        return False
    return True
