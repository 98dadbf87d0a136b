"""Debian's Chromium, and what axe finds wrong on a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def violations(page: Page, rules: list[str]) -> list[tuple[str, list[str]]]:
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [(one["id"], one["nodes"][0]["target"]) for one in found]


def assert_readable(page: Page, paths: Iterable[str]) -> None:
    """WCAG 2.2 AA as far as a program can tell, in the dark too, and nothing wider than the window."""
    for path in paths:
        page.emulate_media(color_scheme="light")
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        found = violations(page, RULES)
        assert found == [], (path, found)
        page.emulate_media(color_scheme="dark")
        assert violations(page, ["color-contrast"]) == [], path
