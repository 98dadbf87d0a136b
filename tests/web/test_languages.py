"""Pages in six languages: every sentence is translated, and each page is in the language that its reader asks for."""

from __future__ import annotations

import re
from copy import deepcopy
from urllib.parse import parse_qs, urlsplit

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from app.compliance.catalogue import catalogue as catalogue_of_rules
from app.compliance.judging import RuleBook
from app.compliance.profile import read_profiles
from app.tariffs.explain import LANGUAGES
from app.web.application import create_app
from app.web.languages import NAMES, SOURCE, whole_percent
from app.wording import counted, together, worded
from tests.shared import ROOT
from tests.web.network import make_network
from tests.web.page import Page
from tests.web.priced import EVSE, WITH_OFFERS, WITHOUT_PRICE

HTML = {"Accept": "text/html"}
FOLDER = ROOT / "templates" / "languages"
OTHERS = [code for code in LANGUAGES if code != SOURCE]
PAGES = {
    "/": 200,
    "/prices": 200,
    "/prices?q=kassel": 200,
    "/prices?q=nothing+here&bbox=5,47,15,55": 200,
    "/prices/DE/ABC/L1": 200,
    EVSE: 200,
    f"{EVSE}?at=2001-01-01T00:00": 200,
    WITH_OFFERS: 200,
    WITHOUT_PRICE: 200,
    "/prices/compare?before=4&after=5": 200,
    "/ledger": 200,
    "/ledger/entry/0": 200,
    "/ledger/entry/5": 200,
    "/compliance": 200,
    "/compliance/rules": 200,
    "/map": 200,
    "/map?q=nothing+here&bbox=5,47,15,55": 200,
    "/map?connector=IEC_62196_T2&power=11&price=0.9&payment=adhoc&free=1": 200,
    "/locations/DE/ABC/L1": 200,
    "/sources": 200,
    "/nowhere": 404,
    "/locations/DE/ABC/NONE": 404,
    "/prices?bbox=x": 400,
    "/map?price=x": 400,
    "/map?payment=x": 400,
    "/map?free=x": 400,
    "/ledger/entry/99": 404,
    "/compliance?country=XX": 400,
}
_PLACEHOLDER = re.compile(r"%\(\w+\)s")
_MARKUP = re.compile(r"</?\w+")


@pytest.fixture(scope="module")
def said() -> set[str | tuple[str, ...]]:
    """Every sentence of the templates and the code, found as `deploy/languages` finds them."""
    with (FOLDER / "babel.cfg").open() as file:
        where, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "worded": None, "counted": (2, 3)}
    looked_at = [ROOT / pattern.partition("*")[0] for pattern, _ in where]
    for path in (ROOT / "app").rglob("*.py"):
        if re.search(r"^\s*from app.wording import .*(worded|counted)", path.read_text(), re.MULTILINE):
            assert any(path.is_relative_to(folder) for folder in looked_at), f"{path}: add it to babel.cfg"
    return {message for _, _, message, _, _ in extract_from_dir(ROOT, where, options, keywords)}


def catalogue(code: str) -> dict[str | tuple[str, ...], Message]:
    with (FOLDER / f"{code}.po").open("rb") as file:
        return {message.id: message for message in read_po(file, code) if message.id}


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_is_translated_and_no_other(said, code):
    known = catalogue(code)
    assert said - set(known) == set(), "run deploy/languages, then translate what is empty"
    assert set(known) - said == set(), "run deploy/languages: no page says this any more"
    for message in known.values():
        assert not message.fuzzy, message.id
        assert all(_forms(message.string)), message.id


def test_every_sentence_of_a_rule_is_found(said):
    book = RuleBook(read_profiles(ROOT / "config" / "profiles"))
    texts = [text for rule in book.all() for text in (rule.title, rule.means, rule.advice, rule.level.named) if text]
    texts += [text for one in catalogue_of_rules().regimes.values() for text in (one.title, one.of, one.about)]
    assert {text.message for text in texts} <= said


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_what_the_sentence_has(code):
    for message in catalogue(code).values():
        originals = _forms(message.id)
        for form in _forms(message.string):
            for part in (_PLACEHOLDER, _MARKUP):
                assert sorted(part.findall(form)) in [sorted(part.findall(one)) for one in originals], form


def _forms(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return said if isinstance(said, tuple) else (said,)


def test_there_is_a_catalogue_for_each_language_that_prices_are_told_in():
    assert sorted(path.stem for path in FOLDER.glob("*.po")) == sorted(OTHERS)
    assert NAMES == {
        "de": "Deutsch",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "it": "Italiano",
        "nl": "Nederlands",
    }


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_page_is_there_in_each_language(priced_site, code):
    for path, status in PAGES.items():
        answer = priced_site.test_client().get(path, headers={**HTML, "Accept-Language": code})
        assert answer.status_code == status, path
        page = Page(answer.text)
        assert page.all("html") == [{"lang": code}]
        assert answer.headers["Content-Language"] == code
        assert "Accept-Language" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers
        assert "%(" not in answer.text
        if code != SOURCE:
            assert not re.search(r"\b(the|with|Nothing|Skip)\b", _said_in_the_language(answer.text)), path


def _said_in_the_language(page: str) -> str:
    """The text of a page without what is marked as English, and without code."""
    visible = re.sub(r'(?s)<(\w+)[^>]* lang="en"[^>]*>.*?</\1>|<(pre|code|head)\b.*?</\2>', "", page)
    return re.sub("<[^>]*>", " ", visible)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("fr-CH, en;q=0.9", "fr"),
        ("en;q=0.3, it;q=0.8", "it"),
        ("pl, sv;q=0.9, nl;q=0.1", "nl"),
        ("pl", "es"),
        ("*", "es"),
        ("de;q=0, *;q=0.5", "es"),
        ("", "es"),
        (";;q=x,,", "es"),
    ],
)
def test_the_language_is_the_best_of_those_asked_for_else_the_operators(spanish, asked, code):
    assert spanish.get("/", headers={"Accept-Language": asked}).headers["Content-Language"] == code


@pytest.fixture(scope="module")
def spanish(tmp_path_factory):
    network = make_network(tmp_path_factory.mktemp("spanish"), locations=1)
    operator = network.settings.operator.model_copy(update={"language": "es"})
    return create_app(network.settings.model_copy(update={"operator": operator})).test_client()


def test_a_language_in_the_address_comes_first_and_stays_in_links_and_forms(priced_site):
    answer = priced_site.test_client().get(f"{EVSE}?lang=fr", headers={**HTML, "Accept-Language": "de"})
    page = Page(answer.text)
    assert page.all("html") == [{"lang": "fr"}]
    assert "0,64 €/kWh ; au maximum 50 € par session ; TVA de 19 % comprise" in page.said.replace("\xa0", " ")
    ours = [link for link in page.links if link.startswith(("/prices", "/ledger/entry"))]
    assert ours
    assert all(parse_qs(urlsplit(link).query)["lang"] == ["fr"] for link in ours)
    assert not [link for link in page.links if link.startswith("/open/") and "lang=" in link]
    kept = [box["value"] for box in page.all("input") if box.get("name") == "lang"]
    assert kept == ["fr"] * len(page.all("form"))
    to_entry = priced_site.test_client().get("/ledger?entry=5&lang=fr", headers=HTML).headers["Location"]
    assert to_entry.endswith("/ledger/entry/5?lang=fr")


@pytest.mark.parametrize("path", ["/map", "/locations/DE/ABC/L1", "/sources"])
def test_pages_around_the_map_keep_the_language_too(priced_site, path):
    page = Page(priced_site.test_client().get(f"{path}?lang=fr", headers=HTML).text)
    ours = [link for link in page.links if link.startswith("/") and link != "/admin/sources"]
    assert all(parse_qs(urlsplit(link).query)["lang"] == ["fr"] for link in ours)
    kept = [box["value"] for box in page.all("input") if box.get("name") == "lang"]
    assert kept == ["fr"] * len(page.all("form"))


def test_a_language_that_there_is_not_is_let_be(priced_site):
    for wild in ("xx", "DE", "../de", "<b>", "de" * 500):
        answer = priced_site.test_client().get("/prices", query_string={"lang": wild}, headers=HTML)
        assert (answer.status_code, answer.headers["Content-Language"]) == (200, "en")


def test_each_page_names_the_others_for_readers_and_search_engines(priced_site, priced):
    page = Page(priced_site.test_client().get("/prices?q=kassel&lang=it", headers=HTML).text)
    named = {link["hreflang"]: link["href"] for link in page.all("link") if "hreflang" in link}
    here = f"{priced.settings.web.url}/prices?q=kassel"
    assert named == {code: f"{here}&lang={code}" for code in LANGUAGES} | {"x-default": here}
    switch = {link["hreflang"]: link["href"] for link in page.all("a") if "hreflang" in link}
    assert switch == {code: named[code] for code in LANGUAGES if code != "it"}


def test_data_documentation_and_their_errors_stay_english(priced_site):
    client = priced_site.test_client()
    for path in ("/docs", "/docs/feeds", "/docs/nowhere"):
        answer = client.get(f"{path}?lang=de", headers={**HTML, "Accept-Language": "de"})
        assert answer.headers["Content-Language"] == "en"
        assert Page(answer.text).all("html") == [{"lang": "en"}]
    answer = client.get("/prices?bbox=x&lang=de", headers={"Accept": "application/json"})
    assert "write west,south,east,north" in answer.json["status_message"]
    words = client.get(f"/open{EVSE}", headers={"Accept-Language": "de"}).json["data"]["moments"][0]["words"]
    assert words.startswith("Now: ")


def test_the_tag_of_a_page_differs_by_language(priced_site):
    client = priced_site.test_client()
    tags = {client.get("/prices/DE/ABC/L1", headers={"Accept-Language": code}).headers["ETag"] for code in LANGUAGES}
    assert len(tags) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("share", "told"), [(0.0, "0 %"), (1 / 720, "< 1 %"), (0.37, "37 %"), (719 / 720, "> 99 %"), (1.0, "100 %")]
)
def test_a_share_that_is_there_is_not_rounded_away(priced_site, share, told):
    with priced_site.test_request_context("/map?lang=de"):
        assert whole_percent(share).replace("\xa0", " ") == told


def test_a_sentence_of_the_code_is_its_english_text():
    rule = worded("write at most %(most)s characters", most=200)
    assert worded("`%(name)s` is %(value)s: %(rule)s", name="q", value="'x'", rule=rule) == (
        "`q` is 'x': write at most 200 characters"
    )
    assert counted(1, "%(n)s pull", "%(n)s pulls") == "1 pull"
    assert counted(2, "%(n)s pull", "%(n)s pulls") == "2 pulls"
    assert together("", worded("a"), worded("b")) == "a; b"
    assert deepcopy(rule).values == {"most": 200}
