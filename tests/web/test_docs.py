"""`/docs`: whole, without a link that leads nowhere, and with a page for everything there is."""

from __future__ import annotations

import posixpath
import re
import tomllib
from itertools import pairwise

import pytest
from flask.testing import FlaskClient
from pydantic import BaseModel

from app.check import check
from app.delivery.base import BUILT_IN as DESTINATIONS
from app.delivery.base import destination_class
from app.formats.base import formats
from app.settings import Settings
from app.shipped import shipped
from app.sources.base import BUILT_IN as SOURCES
from app.sources.base import source_class
from app.web.application import create_app
from app.web.docs.contents import contents
from app.web.docs.made import PAGES
from app.web.docs.markdown import read
from app.web.docs.settings_page import settings_page
from tests.shared import ROOT
from tests.web.network import make_network
from tests.web.page import Page

NAMES = [entry.name for entry in contents()]
FILES = [entry.file for entry in contents() if entry.file]
WRITTEN = sorted((shipped("templates") / "docs").glob("*.md"))


@pytest.fixture(scope="module")
def client(network) -> FlaskClient:
    return create_app(network.settings).test_client()


@pytest.fixture(scope="module")
def pages(client) -> dict[str, str]:
    """All of them, as a browser gets them."""
    answers = {f"/docs/{name}": client.get(f"/docs/{name}") for name in NAMES} | {"/docs": client.get("/docs")}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
    return {path: answer.text for path, answer in answers.items()}


def test_every_file_has_a_page_and_every_page_is_made_of_something():
    there = [*WRITTEN, *ROOT.glob("deploy/*.md"), *ROOT.glob("config/*/*.md"), ROOT / "CHANGELOG.md"]
    assert {str(path.relative_to(ROOT)) for path in there} == set(FILES)
    for entry in contents():
        assert [bool(entry.file), bool(entry.shows), bool(entry.made)].count(True) == 1, entry
    assert {entry.made for entry in contents() if entry.made} == set(PAGES)


def test_no_link_leads_nowhere(client, pages):
    known = dict(pages)
    for path, text in pages.items():
        for link in Page(text).links:
            if link.startswith(("http", "mailto:")):
                continue
            target, _, anchor = link.partition("#")
            target = target or path
            if target not in known:
                answer = client.get(target)
                assert answer.status_code == 200, f"{link} on {path}"
                known[target] = answer.text
            assert not anchor or f'id="{anchor}"' in known[target], f"{link} on {path}"


@pytest.mark.parametrize("file", FILES)
def test_links_hold_in_the_repository_too(file):
    for link in re.findall(r"\]\(([^)\s]+)\)", (ROOT / file).read_text()):
        path = link.partition("#")[0]
        if path and not path.startswith(("http", "mailto:", "/")):
            assert (ROOT / posixpath.normpath(posixpath.join(posixpath.dirname(file), path))).exists(), link


def test_every_page_has_one_title_and_headings_in_order(pages):
    for path, text in pages.items():
        main = text.partition("<main")[2].partition("<nav")[0]
        levels = [int(level) for level in re.findall(r"<h([1-6])", main)]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(levels)), path
        assert path == "/docs" or f'/{path.removeprefix("/")}" aria-current="page"' in text, path


def test_ids_are_told_apart(pages):
    for path, text in pages.items():
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(set(ids)) == len(ids), path


def test_everything_is_in_the_wheel():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    packed = build["force-include"]
    for file in (path for entry in contents() for path in (entry.file, *entry.shows) if path):
        folder = file.partition("/")[0]
        assert packed.get(folder) == f"app/_{folder}" or packed.get(file) == f"app/_{file}", file


@pytest.mark.parametrize("type_", [*SOURCES, *DESTINATIONS])
def test_every_source_and_destination_has_its_words(type_):
    told = "\n".join((ROOT / file).read_text() for file in FILES)
    assert re.search(rf"type: {type_}\n", told)
    assert re.search(rf"## (Source|Destination) `{type_}`", settings_page())


def test_every_document_is_among_the_feeds():
    feeds = (shipped("templates") / "docs" / "feeds.md").read_text()
    for form in formats().values():
        for address in form.addresses:
            stem = re.sub(r"/(v?[\d.]+(-\w+)?|de-[\d-]+)/", "/", address.path)
            folder, _, name = stem.rpartition("/")
            assert (folder or name) in feeds, address.path


def models() -> list[type[BaseModel]]:
    waiting: list = [
        Settings,
        *(source_class(type_).Settings for type_ in SOURCES),
        *(destination_class(type_).Settings for type_ in DESTINATIONS),
    ]
    found: list[type[BaseModel]] = []
    while waiting:
        part = waiting.pop()
        if isinstance(part, type) and issubclass(part, BaseModel):
            if part not in found:
                found.append(part)
                waiting += [field.annotation for field in part.model_fields.values()]
        else:
            waiting += getattr(part, "__args__", ())
    return found


@pytest.mark.parametrize("model", models(), ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_every_setting_says_what_it_means(model):
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_every_metric_is_described(client, pages):
    scraped = client.get("/metrics").text
    names = set(re.findall(r"# HELP (chargefeed_\w+?)(?:_total|_created)? ", scraped))
    source = "".join(path.read_text() for path in sorted((ROOT / "app").rglob("*.py")))
    names |= set(re.findall(r'(?:Counter|Histogram|Gauge|GaugeMetricFamily)\(\s*"(chargefeed_\w+)",', source))
    assert len(names) > 30
    for name in names:
        assert f"<code>{name}</code>" in pages["/docs/metrics"], name
    assert "<td></td>\n</tr>" not in pages["/docs/metrics"]


def test_it_is_searched(client):
    hits = Page(client.get("/docs?q=Hubject+certificate").text)
    assert "/docs/destinations/hubject#before-it-works" in hits.links
    assert "0 places with" in Page(client.get("/docs?q=xyzzy").text).said
    assert "<script>" not in client.get("/docs?q=<script>alert(1)</script>").text


def test_an_unknown_page_says_where_the_others_are(client):
    answer = client.get("/docs/nothing")
    assert answer.status_code == 404
    assert "/docs lists" in answer.json["status_message"]


def test_examples_name_the_address_of_this_feed(network, pages):
    assert "http://127.0.0.1:8080" not in "".join(text for path, text in pages.items() if path != "/docs/settings")
    assert f"curl -s {network.settings.web.url}/open/ocpi/versions" in pages["/docs/feeds"]


def test_an_operator_says_whom_to_ask_and_what_comes_next(tmp_path):
    (tmp_path / "support.md").write_text("# Help\n\nCall <b>us</b> at **any** time.\n")
    network = make_network(tmp_path, locations=1)
    docs = network.settings.docs.model_copy(
        update={"support": tmp_path / "support.md", "roadmap": "Prices in *spring*."}
    )
    settings = network.settings.model_copy(update={"docs": docs})
    client = create_app(settings).test_client()
    support = client.get("/docs/support").text
    assert '<h2 id="help">Help</h2>' in support
    assert "Call &lt;b&gt;us&lt;/b&gt; at <strong>any</strong> time." in support
    assert "Prices in <em>spring</em>." in client.get("/docs/roadmap").text


def test_a_page_of_the_operators_that_is_not_there_is_found_by_check(tmp_path):
    network = make_network(tmp_path, locations=1)
    docs = network.settings.docs.model_copy(update={"roadmap": tmp_path / "roadmap.md"})
    rows = check(network.settings.model_copy(update={"docs": docs}), lambda what: None)
    (row,) = (row for row in rows if row.what == "docs roadmap")
    assert not row.ok
    assert "roadmap.md" in row.detail


def test_an_operator_may_say_nothing(application):
    assert "has not said what comes next" in application.test_client().get("/docs/roadmap").text


def test_markdown_holds_no_html_and_no_script():
    text = read("# T\n\n<script>x</script> [a](javascript:alert(1)) [b](other.md)\n", lambda link: None)
    assert "<script>" not in text.html
    assert "<a" not in text.html


@pytest.mark.parametrize("page", ["new-source", "new-format", "new-destination"])
def test_what_developers_are_shown_is_the_sample_that_tests_run(page):
    text = (shipped("templates") / "docs" / f"{page}.md").read_text()
    samples = [path.read_text() for path in sorted((ROOT / "tests" / "plugin").glob("*.py"))]
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    assert all(any(block.rstrip() in sample for sample in samples) for block in blocks)
    assert len(text.splitlines()) <= 50
