"""The audit pages in a browser: found, read, copied and verified; by keyboard alone; without JavaScript; by anybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from app.ledger.bundle import read_bundle
from app.ledger.checking import check_bundle
from app.ledger.keys import read_keys
from tests.e2e.browsing import assert_readable
from tests.e2e.browsing import browser as browser
from tests.web.network import Network, granian
from tests.web.priced import EVSE, make_priced

PAGES = ("/", "/prices", EVSE, "/prices/compare?before=4&after=5", "/ledger", "/ledger/entry/5")
GERMAN = ("/?lang=de", f"{EVSE}?lang=de", "/compliance?lang=de")
DOCS = ("/docs?q=token", "/docs/feeds", "/docs/architecture", "/docs/sources/steve")
PHONE = ViewportSize(width=320, height=844)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    network = make_priced(tmp_path_factory.mktemp("pages"))
    with granian(network):
        yield network


@pytest.fixture
def context(browser: Browser, network: Network) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=network.settings.web.url, permissions=["clipboard-read", "clipboard-write"], locale="en-GB"
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Where the browser complains of nothing."""
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []


def test_who_doubts_a_price_finds_it_copies_the_proof_and_verifies_it(
    page: Page, network: Network, tmp_path: Path
) -> None:
    page.goto("/")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Prices").click()
    page.get_by_label("Charge point, place or address").fill("konigsplatz kassel")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="DE*ABC*E1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("DE*ABC*E1")
    assert page.locator(".plot .mark.late").count() == 2, "in the row of each component"
    expect(page.get_by_text("1 of them late")).to_be_visible()

    page.get_by_role("button", name="Copy proof").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    proof = tmp_path / "proof.json"
    proof.write_text(page.evaluate("navigator.clipboard.readText()"))
    bundle = read_bundle(proof)
    assert "0.64" in bundle.answers[0]["moments"][0]["words"]
    assert check_bundle(bundle, [key.verifier for key in read_keys(network.settings.ledger.key)]).holds

    page.get_by_role("link", name="Compare").first.click()
    expect(page.locator("del").first).to_have_text("0.54\N{NO-BREAK SPACE}€/kWh.")
    expect(page.get_by_role("cell", name="+19%")).to_be_visible()


def test_the_map_changes_without_a_new_page(page: Page) -> None:
    page.goto("/prices")
    page.evaluate("window.kept = true")
    page.get_by_role("link", name="Zoom out").click()
    expect(page.get_by_role("status")).to_contain_text("in this part of the map")
    assert "bbox=" in page.url
    expect(page.get_by_role("link", name="Zoom out")).to_be_focused()
    drawn = page.locator(".map svg").bounding_box()
    assert drawn is not None
    before = page.url
    page.mouse.move(drawn["x"] + 20, drawn["y"] + 20)
    page.mouse.down()
    page.mouse.move(drawn["x"] + 200, drawn["y"] + 60, steps=3)
    page.mouse.up()
    page.wait_for_url(lambda url: url != before)
    assert page.evaluate("window.kept"), "the page was loaded anew"
    page.go_back()
    page.go_back()
    expect(page.get_by_role("status")).not_to_contain_text("in this part of the map")


def test_it_is_walked_by_keyboard_alone(page: Page) -> None:
    page.goto("/prices")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Charge point, place or address")).to_be_focused()
    page.keyboard.type("deabce1")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("?q=deabce1"))
    mark = page.locator(".map a.single")
    mark.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/prices/DE/ABC/L1")


def test_who_reads_another_language_gets_it_and_can_change_it_by_keyboard(browser: Browser, network: Network) -> None:
    context = browser.new_context(base_url=network.settings.web.url, locale="nl-BE", permissions=["clipboard-write"])
    page = context.new_page()
    page.goto("/prices?q=kassel")
    expect(page.get_by_role("heading", level=1)).to_have_text("Prijzen")
    page.get_by_role("navigation", name="Taal").get_by_role("link", name="Français").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Prix")
    page.get_by_role("link", name="DE*ABC*E1").click()
    expect(page.get_by_role("heading", name="Prix actuel")).to_be_visible()
    page.get_by_role("button", name="Copier la preuve").click()
    expect(page.get_by_role("button", name="Copié")).to_be_visible()
    assert context.cookies() == []
    context.close()


def test_it_can_be_used_without_javascript(browser: Browser, network: Network) -> None:
    context = browser.new_context(base_url=network.settings.web.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/prices")
    page.get_by_role("link", name="Zoom out").click()
    expect(page.get_by_role("status")).to_contain_text("in this part of the map")
    page.goto(EVSE)
    expect(page.get_by_role("button", name="Copy proof")).to_be_hidden()
    page.get_by_label("What did it cost at").fill("2020-01-01T00:00")
    page.get_by_role("button", name="Show").first.click()
    expect(page.get_by_role("status")).to_contain_text("cannot be proved either way")
    page.get_by_role("link", name="Compare").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Two prices compared")
    page.goto("/ledger")
    page.get_by_label("Entry number").fill("5")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="The proof as JSON").click()
    expect(page.locator("body")).to_contain_text('"evidence"')
    context.close()


def test_everybody_can_read_them(browser: Browser, network: Network) -> None:
    context = browser.new_context(base_url=network.settings.web.url, bypass_csp=True, viewport=PHONE)
    page = context.new_page()
    assert_readable(page, (*PAGES, *DOCS, *GERMAN))
    context.close()
