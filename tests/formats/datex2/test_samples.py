"""Every rate of the official and of the real samples is read, and written again with all that it said."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from app.clock import parse_time
from app.formats.datex2.encoding import GERMAN_JSON, V37_JSON, V37_XML, Encoding
from app.formats.datex2.rate_ids import distinct_ids
from app.formats.datex2.read_json import read_rate, read_update
from app.formats.datex2.to_tariff import Reading, to_tariffs
from app.formats.datex2.write_json import rate_json, update_json
from app.formats.datex2.xml_shape import from_xml, to_xml
from app.model.problem import Severity
from tests.formats.datex2.documents import (
    AEGI,
    SAMPLES,
    assert_valid_xml,
    errors_in_status,
    errors_in_table,
    files,
    load,
    needs_samples,
    objects,
)

pytestmark = needs_samples
AT = parse_time("2026-05-04T10:00:00Z")
RATES, UPDATES = files("ratePolicy"), files("energyRateReference")
FRACTION = "a fraction, read as 19 percent"
NO_LIMIT = "0 is read as no limit"
NOTES = {
    "real-world/de-glsmobility-static.v3.7-afir.json": {FRACTION},
    "real-world/de-enbw-static.v3.6-afir-01-00-00.json": {NO_LIMIT},
    "real-world/de-gpjoule-table.afir-01-00-00-shape.json": {"lastUpdated is missing"},
}


def _encoding(file: str) -> Encoding:
    return V37_JSON if "v3.7" in file else GERMAN_JSON


def _meant(value: Any, name: str = "") -> Any:
    """The same for what means the same: instants, times of day with and without Z, rates in percent, no limit."""
    if isinstance(value, dict):
        return {key: _meant(inner, key) for key, inner in value.items() if (key, inner) != ("toMinute", 0)}
    if isinstance(value, list):
        return [_meant(inner) for inner in value]
    if name == "taxRate":
        return value * 100 if value < 1 else value
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        return datetime.fromisoformat(value)
    return value.removesuffix("Z") if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d:\d\dZ", value) else value


def _with_long_numbers_rounded(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _with_long_numbers_rounded(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_long_numbers_rounded(value) for value in body]
    return round(body, 6) if isinstance(body, Decimal) else body


@pytest.mark.parametrize("file", RATES)
def test_a_rate_that_was_read_is_written_with_every_field(file):
    encoding = _encoding(file)
    for path, body in objects(load(SAMPLES / file), "ratePolicy"):
        problems = []
        rate = read_rate(body, problems, path)
        assert {one.what for one in problems} <= NOTES.get(file, set())
        written, losses = rate_json(rate, encoding)
        meant = _meant(body)
        if losses:
            assert {loss.path for loss in losses} == {"elements[].price_components[].price"}
            meant = _with_long_numbers_rounded(meant)
        assert _meant(written) == meant


@pytest.mark.parametrize("file", UPDATES)
def test_an_update_that_was_read_is_written_with_every_field(file):
    for path, body in objects(load(SAMPLES / file), "energyRateReference"):
        problems = []
        update = read_update(body, problems, path)
        assert not problems
        written, losses = update_json(update, "EUR", _encoding(file))
        assert not losses
        assert _meant(written) == _meant(body)
        assert not errors_in_status([written], _encoding(file))


@pytest.mark.parametrize("file", RATES)
@pytest.mark.parametrize("encoding", [GERMAN_JSON, V37_JSON], ids=lambda one: one.name)
def test_what_is_written_again_is_valid_in_either_dialect(file, encoding):
    read = [read_rate(body, []) for _, body in objects(load(SAMPLES / file), "ratePolicy")]
    complete = [rate for rate in read if rate.last_updated]
    assert not errors_in_table([rate_json(rate, encoding)[0] for rate in complete], encoding)


@pytest.mark.parametrize("file", RATES)
def test_what_is_written_as_xml_is_valid_and_reads_the_same(file):
    for _, body in objects(load(SAMPLES / file), "ratePolicy"):
        rate = read_rate(body, [])
        if rate.last_updated is None:
            continue
        written, losses = rate_json(rate, V37_XML)
        element = to_xml("energyRate", written)
        assert_valid_xml("table.xml", element)
        assert rate_json(read_rate(from_xml(element), []), V37_XML)[0] == written
        assert bool(losses) == any(price.value != round(price.value, 2) for price in rate.prices)


def test_rates_and_updates_of_xml_are_read_as_those_of_json():
    folder = SAMPLES / "authored-v3.7-afir"
    for name, mark, read in (
        ("table", "ratePolicy", read_rate),
        ("status-snapshot", "energyRateReference", read_update),
    ):
        tag = "energyRate" if name == "table" else "energyRateUpdate"
        in_json = [read(body, []) for _, body in objects(load(folder / f"{name}.json"), mark)]
        in_xml = [read(from_xml(one), []) for one in etree.parse(folder / f"{name}.xml").iter(f"{AEGI}{tag}")]
        assert in_xml == in_json


@pytest.mark.parametrize("file", RATES)
def test_every_rate_with_a_valid_price_is_a_tariff(file):
    told = list(objects(load(SAMPLES / file), "ratePolicy"))
    rates = [(path, read_rate(body, [], path)) for path, body in told]
    ids = distinct_ids(rates)
    tariffs = {}
    for (path, rate), tariff_id in zip(rates, ids, strict=True):
        found = to_tariffs(rate, Reading("DE", "ABC", "Europe/Berlin", AT), tariff_id)
        ended = rate.prices and all(price.period and price.period.end for price in rate.prices)
        assert bool(found.tariffs) == bool(rate.prices and not ended), (path, found)
        assert any(one.severity is Severity.REFUSED for one in found.problems) == (not found.tariffs)
        for one in found.tariffs:
            same = tariffs.setdefault(one.id, one)
            assert same.elements == one.elements
