"""What the projects keep for themselves: words in Swahili, requests, reports, a shop, builds."""

from datetime import timedelta

from sqlalchemy import select

from app.compliance.commands import CloseReport, LogReport, ReportTerms, TrackReport
from app.controls.commands import door, perform
from app.controls.identity import system_actor
from app.db.session import database
from app.demonstration.bank import BASE, Bank
from app.demonstration.cast import ADMINISTRATOR, DIASPORA, RETAIL
from app.demonstration.customers import Holding, client_logins, first_asset
from app.demonstration.script import Script
from app.demonstration.swahili import LETTER, TEXTS, WORDS
from app.invoices.paying import PayInvoice
from app.marketplace.commands import DeliverOrder, PlaceOrder
from app.marketplace.models import MarketplaceOrder
from app.pipelines.commands import RenewToken, ReportRun
from app.projects.commands import CreateInProject
from app.requests.commands import AnswerRequest, AskTheHouse, OpenRequest, SetRequestStatus

SNIPPETS = (
    ("balances", "Branches", "On Saturday we close at noon: https://savanna.example/branches"),
    ("invoices", "Paying", "Dear {client}, you can pay here, by M-Pesa or at the counter."),
)
PRODUCTS = (
    ("Card reader", "8500", "Takes cards and M-Pesa at a market stall."),
    ("Cheque book, 50 leaves", "1200", "Printed with your name; ready in three days."),
    ("Safe deposit box, a year", "9600", "At Nairobi HQ, size A."),
)
INTEGRATIONS = (
    ("Savanna Shop", "webstore", '{"shop": "shop.savanna.example", "catalogue": "members"}'),
    ("Bulk SMS", "messaging", '{"sender": "SAVANNA", "language": "sw"}'),
)
RUNS = (
    ("1041", "release", "main", "passed", 26, 412),
    ("1042", "test", "feature/statements", "failed", 7, 655),
    ("1043", "test", "feature/statements", "passed", 5, 671),
    ("1044", "deploy", "main", "running", 0, None),
)


def furnish_projects(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    """Fill the lists that belong to a project, by the usual commands."""
    _speak(script, bank)
    _talk(script, bank, holdings)
    _report(script, bank)
    _sell(script, bank, holdings)
    _build(script, bank)


def _speak(script: Script, bank: Bank) -> None:
    administrator, retail = script.by(ADMINISTRATOR.login), bank.projects[RETAIL]
    for label, translation in WORDS.items():
        values = {"language": "sw", "label": label, "translation": translation}
        script.do(CreateInProject("translation", retail, values), administrator)
    for code, language, body in TEXTS:
        values = {"code": code, "language": language, "body": body}
        script.do(CreateInProject("project-text", retail, values), administrator)
    script.do(CreateInProject("mail-template", retail, dict(LETTER)), administrator)
    for place, name, body in SNIPPETS:
        values = {"place": place, "name": name, "language": "en", "body": body}
        script.do(CreateInProject("snippet", retail, values), administrator)


def _talk(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    teller, manager = script.by("teller"), script.by("manager")
    email, _what = client_logins()[0]
    customer = script.by(email.partition("@")[0])
    asked = AskTheHouse(
        "support", "My card was declined in Kampala", "It worked in Nairobi the day before."
    )
    asked_id = script.do(asked, customer)
    script.do(AnswerRequest(asked_id, "We lifted the limit abroad. Please try again."), teller)
    note = "Limit abroad was zero by mistake; look at the other cards of this batch."
    script.do(AnswerRequest(asked_id, note, is_note=True), teller)
    client_id = first_asset(holdings[1]).client_id
    wish = OpenRequest("service", "Statement for a visa", "Six months, stamped.",
                       client_id=client_id, assignee_id=teller.user_id)  # fmt: skip
    script.do(SetRequestStatus(script.do(wish, manager), "resolved"), teller)
    slow = OpenRequest("support", "Printer at the coast counter is slow", "Since Monday.",
                       project_id=bank.projects[RETAIL], priority="high",
                       assignee_id=manager.user_id)  # fmt: skip
    script.do(slow, teller)


def _report(script: Script, bank: Bank) -> None:
    manager, today = script.by("manager"), bank.business_date
    retail, diaspora = bank.projects[RETAIL], bank.projects[DIASPORA]
    mail = ReportTerms(
        "Statement sent to another customer",
        "high",
        today - timedelta(days=9),
        "Two customers of the same name were mixed up at the counter.",
        manager.user_id,
        "Both customers were told; the mail was called back.",
    )
    incident_id = script.do(LogReport("incident", retail, mail), manager)
    script.do(TrackReport(incident_id, 1, mail), manager)
    resolution = "Tellers now ask for the customer number before they print."
    script.do(CloseReport(incident_id, resolution), manager)
    queue = ReportTerms("Card terminal offline for two hours", "medium",
                        today - timedelta(days=2), "The line of the provider was cut.")  # fmt: skip
    script.do(LogReport("incident", retail, queue), manager)
    shared = ReportTerms("Shared sign-in at the coast counter", "medium",
                         today - timedelta(days=4), "Two people used one name.",
                         manager.user_id)  # fmt: skip
    script.do(LogReport("violation", retail, shared), manager)
    test = ReportTerms("Yearly test of the client area", "low", today - timedelta(days=30),
                       "One finding: sessions lived too long.", manager.user_id,
                       "Sessions now end after half an hour of rest.")  # fmt: skip
    script.do(LogReport("penetration", diaspora, test), manager)


def _sell(script: Script, bank: Bank, holdings: list[Holding]) -> None:
    administrator, teller = script.by(ADMINISTRATOR.login), script.by("teller")
    retail = bank.projects[RETAIL]
    products = []
    for name, price, description in PRODUCTS:
        values = {"name": name, "currency": BASE, "price": price, "description": description,
                  "is_active": True}  # fmt: skip
        made = CreateInProject("marketplace-product", retail, values)
        products.append(script.do(made, administrator))
    for name, kind, settings in INTEGRATIONS:
        values = {"name": name, "kind": kind, "settings_text": settings, "is_active": True}
        script.do(CreateInProject("integration", retail, values), administrator)
    buyers = [one for one in holdings if one.currency == BASE and one.customer.project == RETAIL]
    orders = []
    for product_id, holding in zip(products, buyers, strict=False):
        client_id = first_asset(holding).client_id or 0
        orders.append(script.do(PlaceOrder(client_id, product_id), teller))
    with database.reading() as session:
        query = select(MarketplaceOrder).where(MarketplaceOrder.id == orders[0])
        first = session.scalars(query).one()
    asset = first_asset(buyers[0])
    script.do(PayInvoice(first.invoice_id, asset.id, first.amount_minor), teller)
    script.do(DeliverOrder(first.id), teller)


def _build(script: Script, bank: Bank) -> None:
    administrator = script.by(ADMINISTRATOR.login)
    values = {"name": "Savanna build server", "system": "gitlab"}
    made = CreateInProject("pipeline-server", bank.projects[RETAIL], values)
    server_id = script.do(made, administrator)
    # No token has this for its hash: the demonstration's server can only have told of the past.
    token_hash = f"no token of {bank.organisation_id}"
    script.do(RenewToken(server_id, token_hash), administrator)
    server = system_actor(bank.organisation_id, frozenset(), "Pipelines")
    for run, pipeline, branch, status, hours, seconds in RUNS:
        started = (door.clock() - timedelta(hours=hours)).isoformat()
        told = {"run": run, "pipeline": pipeline, "branch": branch, "status": status,
                "started_at": started, "duration_seconds": seconds,
                "url": f"https://ci.savanna.example/{run}"}  # fmt: skip
        perform(ReportRun(token_hash, told), server)
