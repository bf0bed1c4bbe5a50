"""The post: hands a message to the mail server, or in development lays it down as a file."""

import ipaddress
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

TIMEOUT_SECONDS = 20
_PORTS = {"smtp": 587, "smtps": 465}
_PERMANENT = range(500, 600)
NO_SERVER = "No mail server is configured. Set SMTP_URL, then send the mail again."
NO_ADDRESS = "This portal does not know its own address. Set PUBLIC_URL, then send the mail again."


class Undeliverable(Exception):
    """The mail cannot go as it is; trying again by itself would not help."""


class Unreachable(Exception):
    """The mail server does not answer, or asks to be tried later."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as SMTP_URL names it: `smtp://user:password@host:587` or `smtps://…`.

    Encryption by STARTTLS is demanded of `smtp://`, except on this machine itself or where the
    address ends in `?starttls=off`.
    """

    host: str
    port: int
    is_tls: bool
    user: str
    password: str
    demands_starttls: bool


class Post:
    """Where mails go in this process; `configure` is called once by the application's factory."""

    def __init__(self) -> None:
        """Start unconfigured: nothing can be sent."""
        self.configure(smtp_url="", sender="", product="Countinghouse", public_url="", folder=None)

    def configure(
        self, *, smtp_url: str, sender: str, product: str, public_url: str, folder: Path | None
    ) -> None:
        """Take the settings; `folder` is where mails are laid down when there is no server."""
        self._server = server_of(smtp_url) if smtp_url else None
        self._folder = folder
        self.product = product
        self.public_url = public_url
        self.sender = sender or _sender(self._server, public_url)

    def demand_ready(self) -> None:
        """Refuse with the sentence that tells an administrator what is missing."""
        if self._server is None and self._folder is None:
            raise Undeliverable(NO_SERVER)
        if not self.public_url:
            raise Undeliverable(NO_ADDRESS)

    def send(self, message: EmailMessage, *, name: str) -> None:
        """Hand the message over; `name` is its file's where it is laid down."""
        self.demand_ready()
        if self._server is not None:
            _hand_over(self._server, message)
        elif self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.eml").write_bytes(bytes(message))


def server_of(smtp_url: str) -> Server:
    """Read SMTP_URL; raises ValueError for one that names no server."""
    parts = urlsplit(smtp_url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("SMTP_URL must look like smtp://user:password@host:587 or smtps://host")
    is_off = parse_qs(parts.query).get("starttls") == ["off"]
    return Server(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        demands_starttls=not is_off and not _is_this_machine(parts.hostname),
    )


def _hand_over(server: Server, message: EmailMessage) -> None:
    try:
        with _connection(server) as connection:
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise Undeliverable(
            "The mail server does not accept the user and password of SMTP_URL."
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refusal(code, said) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Undeliverable(f"The mail server cannot do what this mail needs: {error}.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"The mail server at {server.host} cannot be reached.") from error


def _connection(server: Server) -> smtplib.SMTP:
    encryption = ssl.create_default_context()
    if server.is_tls:
        return smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_SECONDS, context=encryption
        )
    connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    connection.ehlo()
    if server.demands_starttls or connection.has_extn("starttls"):
        connection.starttls(context=encryption)
    return connection


def _refusal(code: int, said: bytes | str) -> Exception:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    sentence = f"The mail server answered {code}: {' '.join(text.split())[:200]}"
    return Undeliverable(sentence) if code in _PERMANENT else Unreachable(sentence)


def _sender(server: Server | None, public_url: str) -> str:
    """Return an address to write from where none is told: the server's user, or our own host's."""
    if server is not None and "@" in server.user:
        return server.user
    host = urlsplit(public_url).hostname or ""
    return f"no-reply@{host if '.' in host and not _is_address(host) else 'localhost'}"


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


post = Post()
