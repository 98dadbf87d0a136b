"""Rates that are kept are the ones that would be worked out anew."""

from __future__ import annotations

import json
import random

import pytest

from app.clock import parse_time
from app.formats.base import Context, format_named
from app.formats.datex2 import known_rates
from tests.formats.datex2.publications import NAMES, tariffs
from tests.objects import changed, location

HOUR = 3_600_000
BEGIN = parse_time("2026-11-10T00:00:00Z")


def following(known):
    """With a tariff that ends, and another that begins then."""
    edge = {"end_date_time": "2026-11-11T09:30:00.000Z"}
    later = json.loads(json.dumps(known["adhoc"])) | {"id": "later", "start_date_time": edge["end_date_time"]}
    later = changed(later, "elements[1].price_components[0].price", 0.44)
    return known | {"adhoc": known["adhoc"] | edge, "later": later}


def body():
    plug = {"tariff_ids": ["adhoc", "later"], "adhoc_offers": []}
    return changed(location(), "evses[1].connectors[0]", location()["evses"][1]["connectors"][0] | plug)


@pytest.mark.parametrize("name", NAMES)
def test_at_every_hour_and_in_any_order(name, monkeypatch):
    known, form, hours = following(tariffs()), format_named(name), list(range(0, 72, 3))
    contexts = [Context(BEGIN + hour * HOUR + 60_000, known) for hour in hours]
    fresh = []
    for context in contexts:
        monkeypatch.setattr(known_rates, "_MOST", 0)
        fresh.append(form.location(body(), context))
    monkeypatch.undo()
    order = [*range(len(contexts)), *random.Random(1).sample(range(len(contexts)), len(contexts))]
    for at in order:
        assert form.location(body(), contexts[at]) == fresh[at]


def test_a_tariff_that_changed_is_read_anew():
    form = format_named("datex2-de-01-00-00-status-json")
    for price in (0.5, 0.6):
        known = {"adhoc": changed(tariffs()["adhoc"], "elements[0].price_components[0].price", price)}
        said = form.location(body(), Context(BEGIN + 12 * HOUR, known)).body
        assert f'"value":{price}'.encode() in said


def test_they_are_begun_anew_before_they_are_too_many(monkeypatch):
    monkeypatch.setattr(known_rates, "_MOST", 3)
    form = format_named("datex2-v3.7-afir-status-json")
    for _ in range(20):
        form.location(body(), Context(BEGIN, tariffs()))
        assert len(known_rates.known_rates().answers) <= 4
