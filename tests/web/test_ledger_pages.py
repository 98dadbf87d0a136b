"""`/ledger` for people: what it is, how it stands, its entries in words, each with its proof."""

from __future__ import annotations

import orjson
import pytest

from app.ledger.bundle import read_bundle
from app.ledger.checking import check_bundle
from app.ledger.keys import read_keys
from tests.web.page import Page
from tests.web.priced import EVSE

HTML = {"Accept": "text/html"}


def test_it_says_how_it_stands_and_how_to_verify_it(get, priced):
    page = get("/ledger")
    (key,) = read_keys(priced.settings.ledger.key)
    assert "Root of 6 entries" in page.said
    assert key.verifier.text in page.said
    assert "nobody beside the operator" in page.said
    assert f"chargefeed audit verify {priced.settings.web.url}/ledger --key" in page.said


def test_entries_are_told_in_words_with_links(get):
    page = get("/ledger")
    assert "Tariff T1 of DE*ABC: 0.64 €/kWh; at most 50 € per session; incl. 19% VAT." in page.said
    assert "Charge point DE*ABC*E1 at location L1: connector 1 has tariff T1." in page.said
    assert EVSE in page.links
    assert {f"/ledger/entry/{index}" for index in range(6)} <= set(page.links)


def test_entries_are_paged_back_and_forth(get, monkeypatch):
    monkeypatch.setattr("app.web.ledger_pages.PER_PAGE", 4)
    assert "/ledger?before=2#entries" in get("/ledger").links
    page = get("/ledger?before=2")
    assert "0 to 1, the last first" in page.said
    assert "/ledger?before=6#entries" in page.links


def test_an_entry_is_found_by_its_number(priced_site, get):
    answer = priced_site.test_client().get("/ledger?entry=5", headers=HTML)
    assert answer.headers["Location"].endswith("/ledger/entry/5")
    page = get("/ledger/entry/5")
    assert "/ledger/entry/4" in page.links
    assert "Known here since" in page.said


def test_an_entry_proves_itself_offline(priced_site, get, priced, tmp_path):
    trusted = [key.verifier for key in read_keys(priced.settings.ledger.key)]
    (button,) = [button for button in get("/ledger/entry/3").all("button") if "data-copy" in button]
    for proof in (button["data-copy"].encode(), priced_site.test_client().get("/ledger/entry/3/proof.json").data):
        path = tmp_path / "proof.json"
        path.write_bytes(proof)
        verdict = check_bundle(read_bundle(path), trusted)
        assert verdict.holds
        assert verdict.entries[3].body == orjson.loads(proof)["evidence"]["entries"][0]["entry"].encode()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/ledger?entry=x", 400, "whole number"),
        ("/ledger?before=x", 400, "whole number"),
        ("/ledger?entry=99", 404, "its last is 5"),
        ("/ledger/entry/99", 404, "its last is 5"),
        ("/ledger/entry/x", 404, "no such path"),
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(get, path, status, words):
    assert words in get(path, status).said


def test_before_it_has_begun_the_page_explains_and_the_files_are_not_there(application):
    client = application.test_client()
    page = client.get("/ledger", headers=HTML)
    assert page.status_code == 200
    assert "cannot be proved either way" in Page(page.text).said
    assert client.get("/ledger/entry/0", headers=HTML).status_code == 503
    assert client.get("/ledger/checkpoint").status_code == 503
    assert "Nothing is published yet" in Page(client.get("/prices", headers=HTML).text).said
