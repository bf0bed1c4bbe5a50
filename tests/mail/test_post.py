"""Mails go out by SMTP, wait while no server answers, and say why when they cannot go."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import literal_column, select

from app.controls.commands import door, handles, perform
from app.controls.due_work import DueWork
from app.controls.work import Work
from app.db.session import database
from app.mail.letters import write_letter
from app.mail.models import FAILED, SENT, WAITING, Mail
from app.mail.post import server_of
from tests import factories
from tests.factories import House
from tests.loopback import mail_server, text_of
from tests.mail.scenes import a_mail_server, mails_to, posted_to, work
from tests.pages import send

SECRET = "Xk7m-Tq4w-9Hpd-aaaa"


@dataclass(frozen=True, slots=True)
class WriteWelcome:
    """Write a letter as any command may."""

    to: str


@handles(WriteWelcome, permission=None)
def write_welcome(work: Work, command: WriteWelcome) -> int:
    values = {
        "name": "Mercy <b>",
        "email": command.to,
        "password": SECRET,
        "until": "28 November 2026",
    }
    return write_letter(work, "welcome", to=command.to, subject="Welcome", values=values)


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(name='Akiba & "Sons"', currencies=())


def written(house: House) -> str:
    to = factories.unique_email("mercy")
    perform(WriteWelcome(to), house.system)
    return to


def test_a_letter_arrives_in_the_organisations_name_as_text_and_html(house: House):
    to = written(house)
    (mail,) = mails_to(to)
    with database.reading() as session:
        query = select(literal_column("content")).select_from(Mail).where(Mail.id == mail.id)
        assert SECRET not in session.scalars(query).one(), "it waits encrypted"
    with a_mail_server() as server:
        work()
        message = server.newest(to)
    assert message["From"] == '"Akiba & \\"Sons\\"" <no-reply@bank.example>'
    assert message["Subject"] == "Welcome"
    assert message["Message-ID"]
    assert f"Temporary password: {SECRET}" in text_of(message)
    html = text_of(message, "html")
    assert SECRET in html
    assert "Akiba &amp; " in html
    assert "Mercy &lt;b&gt;" in html
    assert 'href="https://bank.example/login"' in html
    (mail,) = mails_to(to)
    assert (mail.state, mail.content, mail.message) == (SENT, "", "")
    assert mail.sent_at is not None


def test_a_mail_that_has_gone_is_not_posted_again(house: House):
    to = written(house)
    with a_mail_server() as server:
        work()
        factories.change(house, DueWork, _due_of(to), state="waiting")
        work()
        assert len([one for one in server.received if one["To"] == to]) == 1


def test_a_server_that_does_not_answer_is_tried_again_later(house: House, monkeypatch):
    to = written(house)
    with posted_to("smtp://127.0.0.1:1"):
        work()
    (mail,) = mails_to(to)
    assert mail.state == WAITING
    assert mail.message == "The mail server at 127.0.0.1 cannot be reached."
    now = door.clock
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(minutes=2))
    with a_mail_server() as server:
        work()
        assert server.newest(to)["To"] == to
    assert mails_to(to)[0].state == SENT


def test_a_server_that_stays_away_is_given_up(house: House, monkeypatch):
    to = written(house)
    now, hours = door.clock, [0]
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(hours=hours[0]))
    with posted_to("smtp://127.0.0.1:1"):
        for _ in range(6):
            work()
            hours[0] += 5
    assert mails_to(to)[0].state == FAILED


@pytest.mark.parametrize(
    ("answer", "state"), [("550 no such mailbox", FAILED), ("451 try later", WAITING)]
)
def test_what_the_server_says_is_kept(house: House, answer: str, state: str):
    to = written(house)
    with a_mail_server() as server:
        server.refuse = answer
        work()
        assert server.received == []
    (mail,) = mails_to(to)
    assert mail.state == state
    assert mail.message == f"The mail server answered {answer[:3]}: {answer[4:]}"


def test_without_a_server_in_production_administrators_read_why_and_send_again(
    client: FlaskClient, house: House
):
    to = written(house)
    with posted_to(""):
        work()
    factories.signed_in(client, house.administrator_email)
    page = client.get("/admin/mails?state=failed").get_data(as_text=True)
    assert to in page
    assert "No mail server is configured. Set SMTP_URL, then send the mail again." in page
    assert SECRET not in page
    (mail,) = mails_to(to)
    path = f"/admin/mails/{mail.id}/send"
    assert send(client, path).status_code == 303
    with a_mail_server() as server:
        work()
        assert SECRET in text_of(server.newest(to))
    assert send(client, path).status_code == 409


def test_links_that_would_lead_nowhere_are_not_sent(house: House):
    to = written(house)
    with mail_server() as (_server, port), posted_to(f"smtp://127.0.0.1:{port}", public_url=""):
        work()
    assert "Set PUBLIC_URL" in mails_to(to)[0].message


def test_mails_of_one_organisation_are_not_another_ones(client: FlaskClient, house: House):
    to = written(house)
    stranger = factories.a_house(currencies=())
    factories.signed_in(client, stranger.administrator_email)
    assert to not in client.get("/admin/mails").get_data(as_text=True)
    assert client.get(f"/admin/mails/{mails_to(to)[0].id}/send").status_code == 404


def test_in_development_a_mail_is_a_file(house: House, tmp_path: Path):
    to = written(house)
    with posted_to("", folder=tmp_path / "mail"):
        work()
    files = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in (tmp_path / "mail").glob("*-welcome.eml")
    ]
    (message,) = [one for one in files if one["To"] == to]
    assert SECRET in text_of(message)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, *form)
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_user_and_password_go_encrypted_to_a_server_that_proves_itself(
    house: House, certificate: Path, monkeypatch
):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    logins: list[tuple[bytes, bytes]] = []

    def known(_server, _session, _envelope, _mechanism, given) -> AuthResult:
        logins.append((given.login, given.password))
        return AuthResult(success=given.password == b"pa:ss", handled=False)

    settings = {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": known,
    }
    with mail_server(**settings) as (server, port):
        to = written(house)
        url = f"smtp://user%40bank.example:pa%3Ass@127.0.0.1:{port}"
        with posted_to(url):
            work()
            assert mails_to(to)[0].state == WAITING, "nobody vouches for the certificate"
            assert not logins
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            again = written(house)
            work()
            assert server.newest(again)["From"].addresses[0].addr_spec == "user@bank.example"
            assert logins == [(b"user@bank.example", b"pa:ss")]
        wrong = written(house)
        with posted_to(f"smtp://user:wrong@127.0.0.1:{port}"):
            work()
        assert "does not accept the user and password" in mails_to(wrong)[0].message


def test_an_address_of_a_server_is_read_whole():
    far = server_of("smtp://mail.example.com")
    assert (far.port, far.is_tls, far.demands_starttls) == (587, False, True)
    assert not server_of("smtp://mail.example.com?starttls=off").demands_starttls
    assert not server_of("smtp://localhost:1025").demands_starttls
    safe = server_of("smtps://me:secret@mail.example.com")
    assert (safe.port, safe.is_tls, safe.user, safe.password) == (465, True, "me", "secret")
    for wrong in ("mail.example.com", "http://mail.example.com", "smtp://"):
        with pytest.raises(ValueError, match="SMTP_URL must look like"):
            server_of(wrong)


def _due_of(to: str) -> int:
    (mail,) = mails_to(to)
    with database.reading() as session:
        rows = session.scalars(select(DueWork).where(DueWork.kind == "mail")).all()
        return next(row.id for row in rows if row.payload["mail_id"] == mail.id)
