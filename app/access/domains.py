"""Whether a domain can receive mail: asked of the DNS, before anybody is invited at it."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.resolver

from app.controls.tenant import Organisation
from app.kernel.errors import Refusal, Unavailable

CANNOT_RECEIVE = "Email domain cannot receive emails"
NO_ANSWER = "The email domain could not be looked up just now. Please try again in a moment."
PATIENCE_SECONDS = 5.0
_PORT = 53
# Kept for examples and tests (RFC 2606, RFC 6761): the DNS knows none, and nobody is there.
_MADE_UP = frozenset({"example", "test", "localhost"})


class MailDomains:
    """Looks up mail servers; `configure` names the DNS server, else it is the machine's own."""

    def __init__(self) -> None:
        """Ask the machine's own servers until told otherwise."""
        self._resolver: dns.resolver.Resolver | None = None
        self._server = ""

    def configure(self, server: str) -> None:
        """Ask this server (`host` or `host:port`), or the machine's own where none is named."""
        self._server, self._resolver = server, None

    def demand(self, email: str) -> None:
        """Refuse (422) an address at a domain without mail servers (RFC 5321, RFC 7505).

        A domain that only has an address of its own, or that says by a null MX that it takes no
        mail, is refused as well (E12.04, E12.05). Without an answer: Unavailable (503).
        """
        domain = email.strip().rpartition("@")[2]
        try:
            name = dns.name.from_text(domain)
            answer = self._asked().resolve(name, "MX", lifetime=PATIENCE_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.LabelTooLong) as error:
            raise Refusal(CANNOT_RECEIVE, field="email") from error
        except (dns.name.EmptyLabel, dns.name.NameTooLong, dns.name.IDNAException) as error:
            raise Refusal(CANNOT_RECEIVE, field="email") from error
        except (dns.exception.DNSException, OSError) as error:
            raise Unavailable(NO_ANSWER, field="email") from error
        if all(row.exchange == dns.name.root for row in answer):
            raise Refusal(CANNOT_RECEIVE, field="email")

    def _asked(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            resolver = dns.resolver.Resolver(configure=not self._server)
            if self._server:
                parts = urlsplit(f"//{self._server}")
                found = socket.getaddrinfo(parts.hostname, None, type=socket.SOCK_DGRAM)
                resolver.nameservers = [str(found[0][4][0])]
                resolver.port = parts.port or _PORT
            self._resolver = resolver
        return self._resolver


mail_domains = MailDomains()


def demand_receiver(email: str, house: Callable[[], Organisation | None]) -> None:
    """Refuse (422) who cannot receive mail; the people of a demonstration may be made up.

    The `house` is looked up for made-up addresses alone, so that no writer waits for the network:
    of all others the DNS is asked before the database is.
    """
    if email.strip().lower().rpartition(".")[2] in _MADE_UP:
        found = house()
        if found is not None and found.is_demonstration:
            return
    mail_domains.demand(email)
