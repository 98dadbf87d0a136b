"""The checklist, run against a sender that does one thing wrong, names the row; against one that does none, no row."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from typer.testing import CliRunner

from app.checklist import subject
from app.checklist.rows import Outcome, Result, run
from app.checklist.subject import Asker, subjects
from app.cli import cli
from tests.ocpi_sender import Script, Sender
from tests.registry.backend import connector, evse, location, tariff

VERSION = "2.3.0"
TOKEN = "a-token-handed-out"
Objects = dict[str, list[dict[str, Any]]]
Change = Callable[[Objects], Any]


def network() -> Objects:
    points = [evse(f"E{n}", connector(tariff_ids=["T1"])) for n in range(6)]
    stamps = [f"2026-01-0{n + 1}T00:00:00Z" for n in range(6)]
    places = [location(f"L{n}", points[n], last_updated=stamps[n]) for n in range(6)]
    prices = [tariff("T1"), tariff("T2", last_updated="2026-02-01T00:00:00Z")]
    return deepcopy({"locations": places, "tariffs": prices})


def failed(objects: Objects, **script: Any) -> dict[int, Result]:
    with Sender(**objects, script=Script(versions=(VERSION,), limit=4, token=TOKEN, **script)) as sender:
        (one,) = subjects(Asker(TOKEN), sender.url)
        return {found.row.number: found for found in run(one) if found.outcome is Outcome.FAIL}


ALWAYS = frozenset(failed(network()))
"""What this plain stand-in of a sender does not do: credentials, message ids, routing, single objects, errors, `date_to`."""


def place(objects: Objects) -> dict[str, Any]:
    return objects["locations"][0]


def point(objects: Objects) -> dict[str, Any]:
    evse: dict[str, Any] = place(objects)["evses"][0]
    return evse


@pytest.mark.parametrize(
    ("script", "row"),
    [
        ({"link": "none"}, 55),
        ({"total": "page"}, 53),
        ({"total": "high"}, 56),
        ({"total": "none"}, 52),
        ({"ignores_offset": True, "link": "none"}, 49),
        ({"timestamp": False}, 32),
        ({"form": "raw"}, 13),
    ],
)
def test_a_wrong_way_of_answering_is_found(script, row):
    assert row in failed(network(), **script).keys() - (ALWAYS - {row})


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (lambda o: place(o).pop("address"), 61),
        (lambda o: place(o).update(country="DE"), 79),
        (lambda o: place(o).update(time_zone="Mars/Olympus"), 80),
        (lambda o: place(o)["coordinates"].update(latitude=50.97), 78),
        (lambda o: place(o).update(opening_times={"twentyfourseven": False}), 81),
        (lambda o: place(o).update(publish_allowed_to=[{"uid": "1"}]), 72),
        (lambda o: point(o).update(last_updated="2026-09-01T00:00:00Z"), 63),
        (lambda o: point(o).update(connectors=[]), 69),
        (lambda o: point(o).pop("evse_id"), 71),
        (lambda o: point(o)["connectors"][0].update(tariff_ids=["T9"]), 88),
        (lambda o: point(o)["connectors"][0].update(tariff_ids=["T1", "T2"]), 86),
        (lambda o: o["locations"].append(dict(place(o))), 67),
        (lambda o: o["tariffs"][0].pop("tax_included"), 97),
        (lambda o: o["tariffs"][0].update(elements=[]), 96),
        (lambda o: o["tariffs"][0].update(currency="Euro"), 106),
        (lambda o: o["tariffs"][0]["elements"][0].update(restrictions={"start_time": "24:00"}), 102),
        (lambda o: place(o).update(last_updated="2026-01-01T00:00:00+01:00"), 121),
        (lambda o: place(o).update(name="two\nlines"), 122),
        (lambda o: place(o).update(id="Größe"), 123),
        (lambda o: o["tariffs"][0]["elements"][0]["price_components"][0].update(price="0.5"), 124),
        (lambda o: place(o).update({"x-own": 1}), 46),
        (lambda o: place(o).update({"ownField": 1}), 127),
    ],
)
def test_a_wrong_object_is_found_with_an_example(change: Change, row: int):
    objects = network()
    change(objects)
    found = failed(objects)
    assert row in found.keys() - ALWAYS
    assert found[row].examples


def test_the_command_prints_row_level_section_and_example_and_fails_for_a_must():
    objects = network()
    place(objects).pop("address")
    with Sender(**objects, script=Script(versions=(VERSION,), token=TOKEN)) as sender:
        said = CliRunner().invoke(cli, ["validate", sender.url, "--token", TOKEN])
    line = next(line for line in said.output.splitlines() if line.startswith("61\t"))
    assert line.split("\t")[1:3] == ["M", VERSION]
    assert "mod_locations objects" in line
    assert "DE*ABC/L0" in line
    assert f"OCPI {VERSION}:" in said.output
    assert said.exit_code == 1


def test_the_command_says_that_a_token_is_missing():
    with Sender(script=Script(token=TOKEN)) as sender:
        said = CliRunner().invoke(cli, ["validate", sender.url])
    assert "--token" in str(said.exception)


def test_a_list_without_an_end_is_found_and_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subject, "MOST_PAGES", 8)
    assert 56 in failed(network(), link="growing")
