"""Every page of the sidebar at three sizes in light and dark: nothing overflows, axe is content.

The pictures are kept in var/screens for the README.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from app.access.commands import CreateUser
from app.config import ROOT
from app.controls.commands import perform
from app.controls.due import sweep
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.statements.commands import RequestStatement
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.kinds import Particulars
from app.workspace.sections import SECTIONS
from tests import factories
from tests.factories import BUSINESS_DATE, House
from tests.journeys.conftest import enter

SCREENS = ROOT / "var" / "screens"
SIZES = {
    "desktop": {"width": 1440, "height": 900},
    "tablet": {"width": 820, "height": 1180},
    "phone": {"width": 390, "height": 844},
}
PLATFORM_PATHS = ("/admin/licences", "/admin/organisations")
STAFF_PATHS = (
    "/",
    "/styleguide",
    "/account",
    "/search?q=amina",
    *(
        entry.href
        for _label, entries in SECTIONS
        for entry in entries
        if entry.href not in PLATFORM_PATHS
    ),
    "/admin/clients/new",
    "/admin/clients/{client}",
    "/admin/accounts/{account}/mandates",
    "/admin/assets/{asset}",
)
CLIENT_PATHS = ("/portal", "/portal/assets/{asset}", "/portal/statements")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
COLOUR_RULES = ("color-contrast", "link-in-text-block")
_VIOLATIONS = "options => axe.run(document, options).then((found) => found.violations)"
GRAVE = {"serious", "critical"}
# What a program prints when nobody thought of the reader (E00.08).
_RAW = re.compile(r"Traceback|undefined|\bNaN\b|Decimal\(|datetime\.|\{\{|\[object|<[A-Z]\w+ at 0x")
PEOPLE = (("Amina", "Wanjiru"), ("Brian", "Otieno"), ("Chloé", "Lefèvre"), ("Daniel", "Kiptoo"))


class Scene:
    """A small bank with something on every page, and where to look."""

    def __init__(self) -> None:
        self.house: House = factories.a_house(name=factories.unique("Savings bank"))
        factories.an_approval_rule(self.house, minimum_minor=10_000_00)
        teller, _email, _password = factories.a_user(self.house, "Teller")
        clients = [
            factories.a_client(self.house, first_name=first, surname=last) for first, last in PEOPLE
        ]
        accounts = [factories.an_account(self.house, client_id) for client_id in clients]
        assets = [factories.first_asset(account_id) for account_id in accounts]
        for number, asset_id in enumerate(assets, start=1):
            perform(Deposit(asset_id, number * 2_345_50), teller)
        perform(Withdraw(assets[1], 250_00, Particulars(beneficiary="Kenya Power")), teller)
        perform(Transfer(assets[3], assets[0], 900_00, Particulars("School fees")), teller)
        perform(Deposit(assets[2], 25_000_00), teller)
        perform(
            RequestStatement("client", clients[0], BUSINESS_DATE, BUSINESS_DATE),
            self.house.administrator,
        )
        while sweep():
            pass
        _actor, self.client_email, _password = factories.a_user(
            self.house, kind="client", client_id=clients[0], first_name="Amina"
        )
        self.platform_email = factories.unique_email("platform")
        platform = CreateUser("platform", self.platform_email, "Nadia", "Kamau", factories.PASSWORD)
        perform(platform, system_actor(None, ALL_PERMISSIONS, "Setup"))
        self.ids = {"client": clients[0], "account": accounts[0], "asset": assets[0]}


@pytest.fixture(scope="module")
def scene(app: Flask) -> Scene:
    return Scene()


@pytest.fixture(scope="module")
def visitors(scene: Scene, address: str, browser: Browser) -> Iterator[dict[str, Page]]:
    """An administrator, a client and a platform person, each signed in once for all pages."""
    pages = {}
    emails = {
        "staff": scene.house.administrator_email,
        "client": scene.client_email,
        "platform": scene.platform_email,
    }
    for who, email in emails.items():
        pages[who] = browser.new_context(base_url=address, reduced_motion="reduce").new_page()
        pages[who].goto("/login")
        enter(pages[who], email)
    yield pages
    for page in pages.values():
        page.context.close()


def _violations(page: Page, rules: tuple[str, ...]) -> list[str]:
    """Return what axe finds serious or critical, by some rules or by all."""
    options = {"resultTypes": ["violations"]}
    if rules:
        options |= {"runOnly": {"type": "rule", "values": list(rules)}}
    wrong = []
    for one in page.evaluate(_VIOLATIONS, options):
        if one["impact"] in GRAVE:
            nodes = "; ".join(node["html"][:120] for node in one["nodes"][:3])
            wrong.append(f"{one['id']} ({one['impact']}): {nodes}")
    return wrong


def _visitor_of(path: str) -> str:
    if path in PLATFORM_PATHS:
        return "platform"
    return "client" if path in CLIENT_PATHS else "staff"


@pytest.mark.checks("E00.02", "E00.03", "E00.04", "E00.08")
@pytest.mark.parametrize("path", STAFF_PATHS + PLATFORM_PATHS + CLIENT_PATHS)
def test_every_page_fits_and_can_be_read_by_all(
    scene: Scene, visitors: dict[str, Page], database_url: str, path: str
):
    """Every rule is asked once a size; in the dark those about colour, for nothing else differs.

    Rules are asked, themes compared and pictures taken on one database: the other's pages are
    drawn the same.
    """
    page = visitors[_visitor_of(path)]
    page.set_viewport_size(SIZES["desktop"])
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    answer = page.goto(path.format(**scene.ids))
    assert answer is not None
    assert answer.status == 200
    name = path.partition("?")[0].strip("/").replace("/", "-") or "home"
    shown = name.format(**dict.fromkeys(scene.ids, 1))
    looks = _looks(page, shown) if database_url.startswith("sqlite") else _sizes(page)
    wrong = [f"{look}: {one}" for look, found in looks for one in found]
    assert not wrong, "\n".join(wrong)


def _sizes(page: Page) -> Iterator[tuple[str, list[str]]]:
    """Return what is wrong with a page at each size, whatever its colours."""
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        yield size, _misplaced(page)


def _looks(page: Page, name: str) -> Iterator[tuple[str, list[str]]]:
    """Return what is wrong at each size in each theme, and keep a picture.

    The sizes of the second theme come the other way round: laying out anew takes long.
    """
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.evaluate(AXE)
    sizes = list(SIZES)
    for theme, rules in (("light", ()), ("dark", COLOUR_RULES)):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for size in sizes:
            page.set_viewport_size(SIZES[size])
            page.screenshot(path=SCREENS / f"{name}-{size}-{theme}.png")
            yield f"{size}, {theme}", _misplaced(page) + _violations(page, rules)
        sizes.reverse()


def _misplaced(page: Page) -> list[str]:
    """Return what is wider than the window, and what no reader was meant to see."""
    width, visible = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    wrong = [f"scrolls sideways: {width} of {visible}"] if width > visible else []
    if raw := _RAW.findall(page.locator("body").inner_text()):
        wrong.append(f"raw data is shown: {raw}")
    return wrong
