"""The report on the demo network: figures, JSON and page."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from app.compliance.catalogue import catalogue
from app.compliance.heading import Heading
from app.compliance.judging import Judged, RuleBook, judged, judged_locations
from app.compliance.page import band, percent, write_page
from app.compliance.profile import read_profiles
from app.compliance.records import Gaps, JsonReport, location_record, summary_record
from app.compliance.tally import Tally
from app.registry.apply import Registry
from app.registry.projection import View
from app.tariffs.adhoc import PriceBook
from tests.compliance.conftest import fill
from tests.compliance.sites import AT, DATA, location, site
from tests.shared import ROOT

BOOK = RuleBook(read_profiles(ROOT / "config" / "profiles"), ["afir"])
HEADING = Heading("afir", catalogue().regime("afir"), "Stadtwerke <Test>", AT)
GOLDEN = DATA / "demo-summary.json"


def add_all(registry: Registry, *sinks: Any) -> None:
    for one in judged_locations(registry.engine, BOOK, AT, View()):
        for sink in sinks:
            sink.add(one)


def test_the_demo_network_is_a_model_citizen_but_for_a_few_facts(demo: Registry) -> None:
    """After a change that is meant, write the file anew from what the test shows."""
    tally = Tally()
    add_all(demo, tally)
    summary = summary_record(tally)
    shown = {
        "groups": [{name: group[name] for name in group if name != "rules"} for group in summary["groups"]],
        "gaps": {
            code: {name: rule[name] for name in ("present", "missing", "implausible", "undecided")}
            for code, rule in summary["rules"].items()
            if rule["share"] != 1
        },
        "needs": summary["needs"],
    }
    assert shown == json.loads(GOLDEN.read_text()), json.dumps(shown, indent=2, ensure_ascii=False)


def test_the_json_has_every_location_with_every_rule_and_the_sums(demo: Registry) -> None:
    file, tally = io.BytesIO(), Tally()
    document = JsonReport(file, HEADING)
    add_all(demo, tally, document)
    document.finish(tally)
    read = json.loads(file.getvalue())
    assert (read["report"], read["at"], read["complete"]) == ("afir", "2026-11-23T12:00:00.000Z", False)
    assert len(read["locations"]) == tally.locations
    assert {len(one["rules"]) for one in read["locations"] if one["country"] == "NL"} <= {42, 43}
    first = next(one for one in read["locations"] if one["country"] == "NL")
    assert first["rules"]["afir-a1"] == [{"state": "present", "by": "backend", "from": "demo"}]
    (missing,) = first["rules"]["afir-a5"]
    assert missing["state"] == "missing"
    assert missing["remedy"] == "fill `help_phone` in the overlay, by party"
    assert first["findings"][0] == {
        "rule": "afir-a5",
        "grade": "breach",
        "key": f"NL*DEM/{first['id']}/stations[{first['id']}-S1]",
        "what": "Telephone number of the helpdesk: not said (Art. 20(2)(a)(v))",
        "remedy": "fill `help_phone` in the overlay, by party",
    }
    assert sum(group["locations"] for group in read["groups"]) == len(read["locations"])


def test_objects_that_fare_differently_are_told_apart() -> None:
    record = location_record(judged_one(location({"evses[0].plug_and_charge": None})))
    assert record["rules"]["afir-b8"] == [
        {"state": "missing", "at": ["evses[E1]"], "remedy": "fill `plug_and_charge` in the overlay, by evse"},
        {"state": "present", "at": ["evses[E2]"], "by": "backend", "from": "inventory"},
    ]


def judged_one(body: dict[str, Any]) -> Judged:
    found = judged(site(body).sourced, BOOK, AT, PriceBook())
    assert found is not None
    return found


def test_a_report_on_nothing_is_json_too() -> None:
    file = io.BytesIO()
    JsonReport(file, HEADING).finish(Tally())
    assert json.loads(file.getvalue())["locations"] == []


class _Page(HTMLParser):
    """Elements that are opened and closed in order, and the page's text."""

    VOID = frozenset({"meta", "link", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.loaded += [named.get("src") or named.get("href") or ""] if tag in ("script", "link", "img") else []
        self.ids.add(named.get("id") or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def page_of(tally: Tally, gaps: Gaps) -> _Page:
    file = io.BytesIO()
    write_page(file, tally, gaps, HEADING, ROOT / "templates")
    page = _Page()
    page.feed(file.getvalue().decode())
    page.close()
    assert page.open == []
    return page


def test_the_page_is_whole_and_loads_nothing(demo: Registry) -> None:
    tally, gaps = Tally(), Gaps()
    add_all(demo, tally, gaps)
    page = page_of(tally, gaps)
    text = " ".join(page.texts)
    assert page.loaded == []
    assert {"sum", "elements", "needs", "locations"} <= page.ids
    assert "Stadtwerke <Test>" in text, "names are text, never markup"
    for said in (
        "Telephone number of the helpdesk",
        "NL*DEM",
        "help_phone",
        "prefers-color-scheme: dark",
        "@media print",
    ):
        assert said in text
    assert text.count("afir-a5") >= sum(1 for gap in gaps)


def test_a_page_without_gaps_says_so() -> None:
    tally, gaps = Tally(), Gaps()
    for sink in (tally, gaps):
        sink.add(judged_one(location()))
    text = " ".join(page_of(tally, gaps).texts)
    assert "Nothing is missing." in text
    assert "There is none." in text


def test_the_worst_locations_are_at_hand(demo: Registry) -> None:
    gaps = Gaps()
    add_all(demo, gaps)
    numbers = [number for number, _ in gaps.worst]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 10


@pytest.mark.parametrize(
    ("share", "text", "colour"),
    [
        (1.0, "100 %", "all"),
        (0.9999, "99.9 %", "most"),
        (0.5, "50 %", "some"),
        (0.0, "0 %", "none"),
        (None, "–", "open"),
    ],
)
def test_a_share_is_never_rounded_up(share: float | None, text: str, colour: str) -> None:
    assert (percent(share), band(share)) == (text, colour)


@pytest.mark.slow
@pytest.mark.bench
def test_two_thousand_locations(
    tmp_path: Path, open_registry: Callable[..., Registry], record_property: Callable[[str, object], None]
) -> None:
    fill(tmp_path / "feed.db", 2000, ["DE", "FR", "NL"])
    registry, tally, gaps, file = open_registry(), Tally(), Gaps(), io.BytesIO()
    document = JsonReport(file, HEADING)
    began = time.process_time()
    add_all(registry, tally, gaps, document)
    document.finish(tally)
    taken = time.process_time() - began
    record_property("seconds", taken)
    points = sum(group.points for group in tally.groups.values())
    print(f"{tally.locations} locations, {points} points judged in {taken:.2f} s")  # noqa: T201
    assert tally.locations > 1900
