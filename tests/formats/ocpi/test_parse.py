from __future__ import annotations

import copy

import pytest

from app.clock import parse_time
from app.formats.ocpi.parse import read_location, read_part, read_tariff
from app.model.batch import Origin
from app.model.problem import Severity
from tests.objects import GONE, changed, location, tariff

OWNER = {"country_code": "DE", "party_id": "ABC"}


def read(body, version="2.3.0", **options):
    return read_location(body, version, **{**OWNER, **options})


def test_the_full_location_is_taken_whole_and_statuses_apart():
    parsed = read(location())
    assert parsed.problems == ()
    record = parsed.record
    assert (record.country_code, record.party_id, record.id) == ("DE", "ABC", "LOC-1")
    assert record.refused_evses == frozenset()
    assert "last_updated" not in record.body
    assert {"status", "last_updated", "status_times", "status_detail"}.isdisjoint(record.body["evses"][0])
    first, second = record.statuses
    assert (first.evse, first.status, first.origin) == ("evse-1", "AVAILABLE", Origin.CHARGER)
    assert first.occurred_at == parse_time("2026-11-01T09:59:58.500Z")
    assert first.detail == {"fault_code": "GroundFailure", "mrec": "CX001"}
    # last_updated moves with static edits too, so it says nothing of when the status became so (reference E-40)
    assert (second.status, second.origin, second.occurred_at) == ("CHARGING", Origin.OBSERVED, None)


def test_an_evse_without_status_says_nothing_of_it():
    parsed = read(changed(location(), "evses[1].status", GONE))
    assert [status.evse for status in parsed.record.statuses] == ["evse-1"]
    assert [problem.path for problem in parsed.problems] == ["evses[1].status"]


def test_refused_evses_are_named_as_seen():
    body = location()
    body["evses"][1]["connectors"] = []
    body["evses"].append({"uid": 3})
    body["evses"].append("no object")
    parsed = read(body)
    assert parsed.record.refused_evses == {"evse-2", "3"}
    assert [evse["uid"] for evse in parsed.record.body["evses"]] == ["evse-1"]
    assert [status.evse for status in parsed.record.statuses] == ["evse-1"]


def test_problems_name_record_and_place():
    parsed = read(changed(location(), "name", "x" * 300), where="page 2 item 5")
    (problem,) = parsed.problems
    assert (problem.record, problem.where, problem.path) == ("DE*ABC/LOC-1", "page 2 item 5", "name")
    assert problem.rule == "OCPI 2.3.0 Location.name: string(255)"
    assert problem.value == "x" * 80
    assert problem.remedy == "Shorten it"


def test_a_note_that_holds_for_many_places_is_made_once():
    body = location()
    for evse in body["evses"]:
        evse["last_updated"] = evse["connectors"][0]["last_updated"] = "2026-11-01T11:00:00+01:00"
    body["evses"][0]["physical_reference"] = body["evses"][1]["physical_reference"] = "x" * 17
    problems = [(problem.path, problem.what) for problem in read(body).problems]
    assert problems == [
        ("evses[0].connectors[0].last_updated", "a time with an offset, read in UTC (2 times)"),
        ("evses[0].physical_reference", "longer than 16 characters: physical_reference left out"),
        ("evses[0].last_updated", "a time with an offset, read in UTC (2 times)"),
        ("evses[1].physical_reference", "longer than 16 characters: physical_reference left out"),
    ]


@pytest.mark.parametrize("body", [None, [], "text", 4])
def test_what_is_no_object_is_refused(body):
    for parsed in (read(body), read_tariff(body, "2.3.0", **OWNER)):
        assert parsed.record is None
        assert parsed.problems[0].severity is Severity.REFUSED


def test_the_input_is_left_as_it_is():
    body = changed(location(), "name", None)
    before = copy.deepcopy(body)
    read(body)
    assert body == before


def test_nulls_are_absent():
    body = changed(changed(location(), "name", None), "evses[0].capabilities", None)
    parsed = read(body)
    assert parsed.problems == ()
    assert "name" not in parsed.record.body


def test_unknown_fields_are_kept_by_an_allow_list():
    body = {**location(), "colour": "green"}
    assert "colour" not in read(body).record.body
    assert read(body, keep=frozenset({"colour"})).record.body["colour"] == "green"


def test_the_owner_of_the_connection_is_taken_where_the_body_names_none():
    body = changed(changed(location(), "country_code", GONE), "party_id", GONE)
    record = read(body).record
    assert (record.country_code, record.party_id) == ("DE", "ABC")
    assert read(body, country_code=None, party_id=None).record is None
    assert read({**location(), "party_id": "XYZ"}).record.party_id == "XYZ"


class TestUpgrade:
    """reference B.3"""

    def old(self, **changes):
        return {
            "id": "LOC1",
            "type": "ON_STREET",
            "address": "Weg 1",
            "city": "Gent",
            "postal_code": "9000",
            "country": "BEL",
            "coordinates": {"latitude": "51.047599", "longitude": "3.729944"},
            "evses": [
                {
                    "uid": "1",
                    "status": "AVAILABLE",
                    "connectors": [
                        {
                            "id": "1",
                            "standard": "IEC_62196_T2",
                            "format": "SOCKET",
                            "power_type": "AC_3_PHASE",
                            "voltage": 230,
                            "amperage": 16,
                            "tariff_id": "11",
                            "last_updated": "2015-03-16T10:10:02Z",
                        }
                    ],
                    "last_updated": "2015-03-16T10:10:02Z",
                }
            ],
            "last_updated": "2015-03-16T10:10:02Z",
            **changes,
        }

    def test_2_1_1_becomes_2_3_0(self):
        parsed = read(self.old(), "2.1.1")
        assert parsed.problems == ()
        body = parsed.record.body
        connector = body["evses"][0]["connectors"][0]
        assert body["publish"] is True
        assert body["time_zone"] == "Europe/Brussels"
        assert body["parking_type"] == "ON_STREET"
        assert (connector["max_voltage"], connector["max_amperage"]) == (230, 16)
        assert connector["tariff_ids"] == ["11"]

    @pytest.mark.parametrize("kind", ["OTHER", "UNKNOWN"])
    def test_a_location_type_that_says_nothing_is_left_out(self, kind):
        assert "parking_type" not in read(self.old(type=kind), "2.1.1").record.body

    def test_regular_hours_alone_say_that_it_is_not_always_open(self):
        hours = {"regular_hours": [{"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}]}
        body = read(self.old(opening_times=hours), "2.1.1").record.body
        assert body["opening_times"]["twentyfourseven"] is False

    def test_source_becomes_category(self):
        mix = {"is_green_energy": False, "environ_impact": [{"source": "CARBON_DIOXIDE", "amount": 372}]}
        body = read(self.old(energy_mix=mix), "2.1.1").record.body
        assert body["energy_mix"]["environ_impact"] == [{"category": "CARBON_DIOXIDE", "amount": 372}]

    def test_defects_are_named_as_the_source_writes_the_field(self):
        body = changed(self.old(), "evses[0].connectors[0].voltage", "high")
        (problem, *_) = read(body, "2.1.1").problems
        assert problem.path == "evses[0].connectors[0].voltage"
        assert problem.rule == "OCPI 2.1.1 Connector.voltage: int, at least 0"

    def test_a_missing_time_zone_is_that_of_the_coordinates(self):
        parsed = read(changed(location(), "time_zone", GONE), "2.2.1")
        assert parsed.record.body["time_zone"] == "Europe/Berlin"
        assert [(problem.path, problem.severity) for problem in parsed.problems] == [("time_zone", Severity.NOTE)]
        parsed = read(changed(location(), "time_zone", "UTC+1"), "2.2.1")
        assert parsed.record.body["time_zone"] == "Europe/Berlin"
        assert parsed.problems[0].value == "UTC+1"

    def test_at_sea_no_time_zone_is_made_up(self):
        body = changed(location(), "time_zone", GONE)
        body["coordinates"] = {"latitude": "30.000000", "longitude": "-30.000000"}
        assert read(body, "2.2.1").record is None

    def test_prices_before_2_3_0_are_without_taxes(self):
        body = changed(tariff(), "tax_included", GONE)
        body["min_price"] = {"excl_vat": 0.5, "incl_vat": 0.55}
        taken = read_tariff(body, "2.2.1", **OWNER).record.body
        assert taken["tax_included"] == "NO"
        assert taken["min_price"] == {"before_taxes": 0.5, "after_taxes": 0.55}
        assert read_tariff(changed(tariff(), "tax_included", GONE), "2.3.0", **OWNER).record is None


class TestPart:
    def test_a_change_needs_none_of_the_fields_of_the_object(self):
        assert read_part({"name": "Neu"}, "Location").body == {"name": "Neu"}
        assert read_part({"status": "CHARGING"}, "EVSE").body == {"status": "CHARGING"}

    def test_objects_inside_a_change_are_whole(self):
        part = read_part({"operator": {"website": "https://example.com"}, "name": "Neu"}, "Location")
        assert part.body == {"name": "Neu"}
        assert [problem.path for problem in part.problems] == ["operator.name"]

    def test_a_change_keeps_the_rules_of_each_field(self):
        part = read_part({"floor_level": "first floor"}, "EVSE")
        assert part.body == {}
        assert part.problems[0].rule == "OCPI 2.3.0 EVSE.floor_level: string(4)"

    def test_what_is_no_object_is_nothing(self):
        assert read_part([], "Hours").body is None
