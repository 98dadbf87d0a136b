"""`/prices`: found by words, id or place; what a point cost, with every published change; two prices side by side."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from app.web.moments import form_time
from tests.registry.backend import DAY
from tests.web.priced import EVSE, WITH_OFFERS, WITHOUT_PRICE

HTML = {"Accept": "text/html"}
PAGES = (
    "/prices",
    "/prices?q=kassel",
    "/prices/DE/ABC/L1",
    EVSE,
    WITH_OFFERS,
    WITHOUT_PRICE,
    "/ledger",
    "/ledger/entry/0",
)


@pytest.mark.parametrize(
    "text",
    ["königsplatz", "KONIGSPLATZ ladepark", "34117 königsstrasse", "kassel", "L1", "DE*ABC*E1", "deabce1", "de-abc-e1"],
)
def test_a_location_is_found_however_it_is_written(get, text):
    page = get(f"/prices?q={text}")
    assert "1 location." in page.said
    assert "/prices/DE/ABC/L1" in page.links
    assert EVSE in page.links
    assert "0.64 €/kWh" in page.said


def test_accents_of_all_languages_are_folded(get):
    assert "/prices/DE/ABC/L2" in get("/prices?q=besancon+viotte").links


@pytest.mark.parametrize("text", ["canary", "gate", "DE*ABC*E9", "königsstraße 9", "L3"])
def test_what_is_hidden_is_not_found(get, text):
    page = get(f"/prices?q={text}")
    assert "Nothing is public here" in page.said
    assert not [link for link in page.links if link.startswith("/prices/DE/ABC/L3")]


def test_the_map_zooms_from_a_cluster_to_its_locations(get):
    page = get("/prices?q=abc")
    boxes = [href for href in page.links if "bbox=" in href]
    assert boxes
    assert "/prices/DE/ABC/L1" in get("/prices?bbox=9.3,51.2,9.6,51.4").links
    assert "/prices/DE/ABC/L2" not in get("/prices?bbox=9.3,51.2,9.6,51.4").links


def test_a_printed_id_leads_to_its_point_and_keeps_the_time(priced_site):
    answer = priced_site.test_client().get("/prices/deabce1?at=2026-01-01T00:00", headers=HTML)
    assert answer.status_code == 404
    answer = priced_site.test_client().get("/prices/deabce1?from=2026-01-01T00:00", headers=HTML)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"{EVSE}?from=2026-01-01T00:00")
    assert priced_site.test_client().get("/prices/FR*ABC*E3", headers=HTML).headers["Location"].endswith(WITHOUT_PRICE)


def test_a_point_tells_its_price_and_every_published_change(get):
    page = get(EVSE)
    assert "0.64 €/kWh; at most 50 € per session; incl. 19% VAT." in page.said
    assert "3 changes were published in this time, 1 of them late" in page.said
    assert "5 mins late" in page.said
    marks = [path["class"] for path in page.all("path") if (path.get("class") or "").startswith("mark")]
    assert marks.count("mark late") == 2 * 1 + 1, "in each of two rows, and in the legend"
    assert [href for href in page.links if href.startswith("/ledger/entry/")]
    assert f"/open{EVSE}" in page.links


def test_every_offer_is_told_with_how_to_pay_and_hours_are_told_from_changes(get):
    page = get(WITH_OFFERS)
    assert "Paid by card terminal, contactless card" in page.said
    assert "Paid by website" in page.said
    assert "Next known change" in page.said
    assert page.said.count("by the clock") > 20


def test_the_price_of_then_by_the_clock_where_the_charger_stands(get, priced):
    now = priced.registry.clock.now()
    then = form_time(now - 12 * DAY, "Europe/Berlin")
    page = get(f"{EVSE}?at={then}")
    assert "0.49 €/kWh" in page.said.partition("Entries of the log")[0]
    assert then in [box["value"] for box in page.all("input")]


def test_what_comes_is_the_price_of_now(get):
    assert "still to come" in get(f"{EVSE}?at=2099-01-01T00:00").said


def test_a_time_before_the_log_says_what_can_still_be_concluded(get):
    page = get(f"{EVSE}?at=2001-01-01T00:00")
    assert "the log begins at" in page.said
    assert "cannot be proved either way" in page.said
    assert "0.64 €/kWh" in page.said, "the history of the last days stands"


def test_a_point_without_a_price_has_a_page(get):
    page = get(WITHOUT_PRICE)
    assert "Gare Viotte" in page.said
    assert "No price was ever published for this EVSE" in page.said


def test_a_point_that_has_left_the_feed_is_still_answered_by_the_log(get, monkeypatch):
    monkeypatch.setattr("app.web.price_pages._find", lambda *_: None)
    page = get(EVSE)
    assert "it is not in the public feed now" in page.said
    assert "0.64 €/kWh" in page.said
    assert "Now:" not in page.said


def test_a_long_history_is_cut_and_goes_on(get, monkeypatch):
    monkeypatch.setattr("app.web.point_page.MOST", 5)
    page = get(WITH_OFFERS)
    (onwards,) = [href for href in page.links if "#history" in href and "from=" in href]
    assert "this is cut at" in page.said
    assert "this is cut at" in get(onwards.partition("#")[0]).said


def test_each_change_can_be_compared_with_the_one_before(get):
    links = [href for href in get(EVSE).links if href.startswith("/prices/compare")]
    assert len(links) == 2
    page = get(links[0])
    assert "+0.10 €/kWh, +19%" in page.said
    assert page.all("del")
    assert page.all("ins")
    assert {"added", "removed", "changed", "same"} <= set(page.said.split())


def test_hours_of_one_tariff_differ_in_figures_alone(get):
    links = [href for href in get(WITH_OFFERS).links if href.startswith("/prices/compare")]
    page = get(links[0])
    assert "Both say the same in words" in page.said
    assert "0.20 €/kWh" in page.said


def test_two_entries_of_the_log_can_be_compared(get):
    (link,) = [href for href in get("/ledger/entry/5").links if "compare" in href]
    assert link == "/prices/compare?before=4&after=5"
    assert "A session costs at most 50 €." in get(link).said


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/prices?bbox=x", 400, "west,south,east,north"),
        ("/prices?bbox=10,50,5,60", 400, "west below east"),
        ("/prices?bbox=nan,nan,nan,nan", 400, "west,south,east,north"),
        ("/prices?q=" + "x" * 500, 400, "at most 200 characters"),
        ("/prices?page=-1", 400, "whole number"),
        (f"{EVSE}?at=tomorrow", 400, "RFC 3339"),
        (f"{EVSE}?from=2026-02-01T00:00&to=2026-01-01T00:00", 400, "after from"),
        (f"{EVSE}/9", 404, "search at /prices"),
        ("/prices/ZZ/XXX/L1/E1", 404, "search at /prices"),
        ("/prices/DE/ABC/L3", 404, "search at /prices"),
        ("/prices/DE/ABC/L3/E9", 404, "search at /prices"),
        ("/prices/" + "x" * 500, 404, "printed on the charger"),
        ("/prices/compare", 400, "before is missing"),
        ("/prices/compare?before=a&after=1", 400, "whole number"),
        ("/prices/compare?before=2&after=1", 400, "an entry that is a tariff"),
        ("/prices/compare?before=0&after=999999", 404, "no entry 999999"),
        ("/prices/compare?point=x&from=2026-01-01T00:00Z&to=2026-01-01T00:00Z", 400, "country, party, location"),
        (f"/prices/compare?point={EVSE[8:]}&from=2001-01-01T00:00Z&to=2001-01-01T00:00Z", 404, "the log begins"),
    ],
)
def test_what_cannot_be_answered_is_a_page_that_says_why(get, path, status, words):
    page = get(path, status)
    assert words in page.said
    assert "/prices" in page.links


@pytest.mark.parametrize("path", PAGES)
def test_pages_can_be_used_without_a_mouse_or_eyes(get, path):
    page = get(path)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set((attributes.get(name) or "").split()) <= set(ids)
    labelled = {label["for"] for label in page.all("label")}
    assert {box["id"] for box in page.all("input")} <= labelled
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(heading.get("scope") for heading in page.all("th"))
    assert [link["href"] for link in page.all("a") if link.get("aria-current")] == [
        f"/{path.split('/')[1].split('?')[0]}"
    ]


@pytest.mark.parametrize("path", PAGES)
def test_pages_keep_to_a_strict_policy(priced_site, path):
    answer = priced_site.test_client().get(path, headers=HTML)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)|\s(style|on\w+)=|<style", answer.text)
