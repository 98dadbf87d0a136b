"""What the status publication refers to stands in the table, whatever the statuses are."""

from __future__ import annotations

import json
from itertools import chain

import pytest
from lxml import etree

from app.clock import format_time
from app.formats.base import Context, format_named
from tests.formats.datex2.publications import ENVELOPE, TABLES, document, found
from tests.objects import GONE, changed, location
from tests.publish.backend import AT, demo_locations, demo_tariffs, dressed

JSON_TABLES = [name for name in TABLES if name.endswith("-json")]
GERMAN = "datex2-de-01-00-00-table-json"
STAMP = {"last_updated": format_time(AT - 86_400_000)}


def status_of(table: str) -> str:
    return table.replace("-table-", "-status-")


def as_site(body):
    """As the table gets it: without statuses and their times, with other stamps."""
    site = json.loads(json.dumps(body))
    for evse in site["evses"]:
        for name in ("status", "status_times", "status_detail"):
            evse.pop(name, None)
        evse["last_updated"] = "2026-01-01T00:00:00.000Z"
    return site | {"last_updated": "2026-01-01T00:00:00.000Z"}


def declared(table: bytes) -> set[tuple[str, str]]:
    sites = found(table, "energyInfrastructureSite")
    stations = found(table, "energyInfrastructureStation")
    points = [next(iter(point.values())) for point in found(table, "refillPoint")]
    return {(one["idG"], one["versionG"]) for one in (*sites, *stations, *points)}


def referred(status: bytes) -> list[tuple[str, str]]:
    references = [one for one in found(status, "reference") if one["targetClass"] == "FacilityObject"]
    return [(one["idG"], one["versionG"]) for one in references]


def version(body, name: str = GERMAN) -> str:
    return found(document(name, [body]), "energyInfrastructureSite")[0]["versionG"]


@pytest.mark.parametrize("table", JSON_TABLES)
def test_every_status_refers_to_an_object_of_the_table(table):
    status = document(status_of(table), [location()])
    assert len(referred(status)) == 4
    assert set(referred(status)) == declared(document(table, [as_site(location())]))


@pytest.mark.parametrize("table", [name for name in TABLES if name.endswith("-xml")])
def test_so_it_does_in_xml(table):
    status, site = (
        etree.fromstring(body)
        for body in (document(status_of(table), [location()]), document(table, [as_site(location())]))
    )
    references = [(one.get("id"), one.get("version")) for one in status.iter("{*}reference")]
    objects = chain(*(site.iter(f"{{*}}{name}") for name in _OBJECTS))
    assert len(references) == 4
    assert set(references) == {(one.get("id"), one.get("version")) for one in objects}


_OBJECTS = ("energyInfrastructureSite", "energyInfrastructureStation", "refillPoint")


@pytest.mark.parametrize("table", JSON_TABLES)
def test_so_it_does_in_the_demo_network_and_every_price_is_of_a_declared_rate(table):
    context = Context(AT, {one["id"]: one | STAMP for one in demo_tariffs()})
    sites, statuses = [], []
    for body in map(dressed, demo_locations(60)):
        sites.append(format_named(table).location(as_site(body), context).body)
        statuses.append(format_named(status_of(table)).location(body, context).body)
    one, other = (b"[" + b",".join(filter(None, parts)) + b"]" for parts in (sites, statuses))
    referred_to = set(referred(other))
    points = {(body["idG"], body["versionG"]) for point in found(one, "refillPoint") for body in point.values()}
    assert points <= referred_to
    rates = [rate["idG"] for rate in found(one, "energyRate")]
    assert len(rates) == len(set(rates))
    updated = {update["idG"] for update in found(other, "energyRateReference")}
    assert updated <= set(rates)
    if "v3.6" not in table:
        assert len(updated) > 60
        named = {reference["idG"] for reference in found(one, "energyRateByReference")}
        assert named <= set(rates)


def test_a_status_changes_no_version():
    assert version(location()) == version(as_site(location()))


def test_a_fact_changes_the_versions_of_what_it_is_said_of():
    other = changed(location(), "evses[1].connectors[0].max_amperage", 16)
    before, after = (declared(document(GERMAN, [body])) for body in (location(), other))
    assert {id_ for id_, _ in after - before} == {"DE*ABC*LOC-1", "DE*ABC*LOC-1*S*S1", "DE*ABC*LOC-1*E*evse-2"}


def test_a_price_changes_no_version():
    stamped = changed(location(), "evses[0].connectors[0].last_updated", "2026-11-09T10:00:00.000Z")
    assert version(location()) == version(stamped)


@pytest.mark.parametrize("status", ["REMOVED", "PLANNED"])
def test_what_is_not_in_service_is_in_neither(status):
    body = changed(location(), "evses[1].status", status)
    site = as_site(body)
    site["evses"][1]["status"] = status
    table = document(GERMAN, [site])
    assert len(declared(table)) == 3
    assert set(referred(document(status_of(GERMAN), [body]))) == declared(table)
    assert found(table, "numberOfRefillPoints") == [1]


def test_a_location_without_points_in_service_is_left_out_and_said_to_be():
    form = format_named(GERMAN)
    said = form.location(changed(location(), "evses", []) | {"stations": []}, Context(AT, {}))
    assert said.body is None
    assert [loss.path for loss in said.losses] == ["evses"]


def test_a_status_names_the_table_that_it_is_about():
    for party, id_ in (("", "table*all"), ("DE*ABC", "table*DE*ABC")):
        envelope = type(ENVELOPE)(ENVELOPE.stamp, ENVELOPE.publisher, party)
        table, status = (format_named(name).prefix(envelope).decode() for name in (GERMAN, status_of(GERMAN)))
        assert f'"idG":"{id_}"' in table
        assert f'"targetClass":"EnergyInfrastructureTable","idG":"{id_}"' in status


def test_two_operators_do_not_share_ids():
    other = location() | {"party_id": "XYZ"}
    objects = declared(document(GERMAN, [location(), other]))
    assert len({id_ for id_, _ in objects}) == 8


def test_evses_that_no_source_puts_into_stations_are_one():
    body = changed(location(), "stations", GONE)
    ids = {id_ for id_, _ in declared(document(GERMAN, [body]))}
    assert "DE*ABC*LOC-1*S*LOC-1" in ids
