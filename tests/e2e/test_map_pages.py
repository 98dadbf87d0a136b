"""The map and the page of a location in a browser: filtered, moved, walked by keyboard, live, without JavaScript, by anybody."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import assert_readable
from tests.e2e.browsing import browser as browser
from tests.web.network import Network, granian, process
from tests.web.watched import LOCATION, make_watched, say

KASSEL = "/map?bbox=9.3,51.2,9.7,51.5"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    network = make_watched(tmp_path_factory.mktemp("map"))
    command = [sys.executable, "-m", "app.cli", "stream"]
    with granian(network), process(network, command, network.settings.web.stream_url):
        yield network


@pytest.fixture
def page(browser: Browser, network: Network) -> Iterator[Page]:
    """Where the browser complains of nothing."""
    context = browser.new_context(base_url=network.settings.web.url, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


def test_who_looks_for_a_fast_free_point_finds_it(page: Page) -> None:
    page.goto("/")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Map").click()
    expect(page.locator(".pin").first).to_be_visible()
    page.get_by_label("Place, address or id").fill("kassel")
    page.get_by_label("Connector").select_option("CCS (Combo 2)")
    page.get_by_label("Power, at least").select_option("150 kW")
    page.get_by_label("Price per kWh, at most").fill("0.8")
    page.get_by_label("Payment").select_option("By card")
    page.get_by_label("Free now").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1 location fits.")).to_be_visible()
    expect(page.get_by_role("heading", name="“kassel”")).to_be_focused()
    expect(page.locator(".pin.single")).to_have_count(1)
    page.get_by_role("link", name="Ladepark Königsplatz", exact=True).click()
    page.wait_for_url(f"**{LOCATION}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ladepark Königsplatz")
    page.get_by_text("Out of order in this time").click()
    expect(page.get_by_role("listitem").filter(has_text=" to ")).to_have_count(1)


def test_the_map_is_moved_by_keyboard_and_keeps_its_address(page: Page) -> None:
    page.goto("/map")
    page.get_by_role("region", name="Map of these locations").focus()
    page.keyboard.press("+")
    page.wait_for_url("**bbox=**")
    before = page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: url != before)
    page.goto(KASSEL)
    pin = page.get_by_role("link", name="Ladepark Königsplatz, Kassel: 2 of 2 points free")
    pin.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LOCATION}")


def test_a_jump_within_the_page_does_not_load_it_again(page: Page) -> None:
    page.goto(KASSEL)
    page.evaluate("window.same = true")
    page.get_by_role("link", name="Skip to the content").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#content")
    page.wait_for_timeout(300)
    assert page.evaluate("window.same")


def test_who_moves_beyond_the_pole_still_has_the_map(page: Page) -> None:
    page.goto("/map?bbox=9.0,84.8,9.4,84.9")
    page.get_by_role("region", name="Map of these locations").focus()
    for _ in range(6):
        page.keyboard.press("Shift+ArrowUp")
        page.wait_for_timeout(400)
    page.wait_for_url("**85.00000")
    expect(page.get_by_text("Nothing that is public fits.")).to_be_visible()
    expect(page.locator(".ground")).to_be_visible()


def test_a_cluster_opens_what_it_holds(page: Page) -> None:
    page.goto("/map")
    page.locator(".pin.cluster").last.click()
    page.wait_for_url("**bbox=**")
    expect(page.get_by_text("These are of this part of the map.")).to_be_visible()


def test_statuses_change_before_the_reader_s_eyes(page: Page, network: Network) -> None:
    page.goto(KASSEL)
    expect(page.locator(".live .said")).to_have_text("Live")
    place = page.locator(".places > li").filter(has_text="Ladepark Königsplatz")
    expect(place).to_contain_text("2 of 2 points free")
    say(network, "DE*ABC*E2", "CHARGING")
    expect(place).to_contain_text("1 of 2 points free")
    page.goto(LOCATION)
    expect(page.locator(".live .said")).to_have_text("Live")
    point = page.get_by_role("article", name="DE*ABC*E2")
    expect(point).to_contain_text("In use")
    say(network, "DE*ABC*E2", "AVAILABLE")
    expect(point).to_contain_text("Available")
    expect(page.locator(".whole")).to_contain_text("2 of 2 points free")


def test_it_says_when_it_is_not_live(browser: Browser, network: Network) -> None:
    context = browser.new_context(base_url=network.settings.web.url)
    page = context.new_page()
    page.route("**/stream", lambda route: route.abort())
    page.goto(LOCATION)
    expect(page.locator(".live .said")).to_contain_text("Not live")
    context.close()


def test_it_can_be_used_without_javascript(browser: Browser, network: Network) -> None:
    context = browser.new_context(base_url=network.settings.web.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/map")
    page.get_by_role("link", name="Zoom in", exact=True).click()
    expect(page.get_by_text("These are of this part of the map.")).to_be_visible()
    page.goto(f"{KASSEL}&q=kassel")
    page.get_by_label("Connector").select_option("Type 2")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1 location fits.")).to_be_visible()
    page.locator(".map svg a.single").click()
    page.wait_for_url(f"**{LOCATION}")
    expect(page.get_by_text("Not observed 37%").first).to_be_visible()
    context.close()


def test_everybody_can_read_them(browser: Browser, network: Network) -> None:
    context = browser.new_context(
        base_url=network.settings.web.url, bypass_csp=True, viewport={"width": 320, "height": 800}
    )
    page = context.new_page()
    assert_readable(page, ("/map", LOCATION, "/sources", "/map?lang=de", f"{LOCATION}?lang=de", "/sources?lang=de"))
    context.close()


def test_filters_are_folded_where_there_is_no_room(browser: Browser, network: Network) -> None:
    page = browser.new_page(base_url=network.settings.web.url, viewport={"width": 375, "height": 800})
    page.goto("/map")
    payment = page.get_by_label("Payment", exact=True)
    expect(payment).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    payment.select_option("By card")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**payment=card**")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/map")
    expect(payment).to_be_visible()
    page.close()
