"""The front page, as it is sent and as a browser shows it."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import pairwise

import pytest

from app.clock import ago
from app.errors import SourceError
from app.model.batch import Kind
from app.web.application import create_app
from tests.web.network import make_network
from tests.web.page import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def page(reader) -> Page:
    return Page(reader.get("/").text)


def test_it_says_who_publishes_and_under_which_licence(page):
    assert "Example Networks" in page.text
    links = [link["href"] for link in page.all("a")]
    assert "https://example.org" in links
    assert "https://creativecommons.org/publicdomain/zero/1.0/" in links
    assert "CC0 1.0" in page.text


def test_its_first_lines_say_how_fresh_and_how_free_it_is(page):
    first = page.said.partition("by country and status")[0]
    assert re.search(r"Sources \d of 2 fresh Licence CC0 1.0", first)


def test_its_figures_are_those_of_the_feed(reader, page):
    locations = reader.crawl("/open/ocpi/2.3.0/locations")
    assert str(len(locations)) in page.text
    for country in ("Germany", "France", "Netherlands", "United Kingdom", "United States"):
        assert country in page.text
    german = sum(location["country"] == "DEU" for location in locations)
    assert re.search(rf"Germany\s+{german}\s", page.text)


def test_every_feed_it_names_answers(reader, page):
    addresses = {button["data-copy"] for button in page.all("button") if button.get("data-copy")}
    assert len(addresses) > 18
    assert addresses <= {link["href"] for link in page.all("a")}
    for address in addresses:
        assert address.startswith("http")
        assert reader.get(address).status_code in (200, 307), address


def test_it_tells_how_fresh_each_source_is(page):
    for word in ("Source 1", "Source 2", "statuses", "fresh", "ago"):
        assert word in page.text
    assert not re.search(r"\b(demo|odd)\b", page.text)


def test_it_says_what_is_wrong_with_a_source_and_shows_no_address(empty, application):
    empty.pull()
    for _ in range(2):
        empty.registry.failed(
            "demo", Kind.STATUSES, SourceError("no answer", where="https://user:secret@backend.example")
        )
    text = Page(application.test_client().get("/").text).text
    assert "2 pulls in a row failed; the last good data stands" in text
    assert "backend.example" not in text


def test_it_can_be_used_without_a_mouse_or_eyes(page):
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("a")[0]["href"] == "#content"
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    for _, attributes in page.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set((attributes.get(name) or "").split()) <= ids
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(heading.get("scope") for heading in page.all("th"))


def test_its_links_stand_below_the_public_address(tmp_path):
    network = make_network(tmp_path, locations=1, url="https://data.example.org/charging/")
    text = create_app(network.settings).test_client().get("/").text
    for attribute in re.findall(r'(?:href|src|data-copy)="([^"#]+)"', text):
        assert attribute.startswith(("/charging/", "https://data.example.org/charging/", "http")), attribute
    assert 'href="/charging/openapi.json"' in text


def test_an_empty_feed_has_a_front_page_too(application):
    response = application.test_client().get("/")
    assert response.status_code == 200
    assert "Nothing is published yet" in response.text
    assert "silent" in response.text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (12, "12 s ago"),
        (200, "3 min ago"),
        (8000, "2 h ago"),
        (200_000, "2 days ago"),
        (-5, "just now"),
    ],
)
def test_times_are_told_in_words(seconds, words):
    assert ago(1_000_000_000, 1_000_000_000 + seconds * 1000) == words


def test_a_browser_shows_the_feeds(reader, tmp_path):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium: apt-get install chromium")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--dump-dom"]
    shown = subprocess.run([*command, f"{reader.url}/"], capture_output=True, text=True, timeout=60, check=True)
    page = Page(shown.stdout)
    assert f"{reader.url}/open/ocpi/2.2.1/locations" in {link.get("href") for link in page.all("a")}
    buttons = [button for button in page.all("button") if "data-copy" in button]
    assert buttons
    assert all("hidden" not in button for button in buttons), "the script did not run"
    assert "violates the following Content Security Policy" not in shown.stderr
