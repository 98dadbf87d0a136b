"""SteVe's database as a source, in all its layouts."""

from __future__ import annotations

import orjson
import pytest
from pydantic import ValidationError

from app.clock import parse_time
from app.errors import SourceRefused
from app.model.batch import Kind, Origin
from app.sources.base import source_class
from app.sources.steve import SteveSource
from tests.sources.backend_page import rights
from tests.sources.pulled import pull, statuses_of


def test_it_is_known_by_its_type():
    assert source_class("steve") is SteveSource


def test_each_layout_says_the_same_of_statuses(steve, any_layout):
    pulled = pull(steve(any_layout), Kind.STATUSES)
    assert pulled.last.complete
    found = statuses_of(pulled)
    assert {evse: record.status for evse, record in found.items()} == {
        "DE*ABC*ECP1*1": "CHARGING",
        "DE*ABC*ECP1*2": "OUTOFORDER",
        "DE*ABC*ECP2*1": "UNKNOWN",
        "DE*ABC*ECP3*1": "INOPERATIVE",
        "DE*ABC*ECP3*2": "CHARGING",
        "DE*ABC*ECP4*1": "AVAILABLE",
        "DE*ABC*ECP5*1": "UNKNOWN",
        "DE*ABC*ECP6*1": "AVAILABLE",
        "DE*ABC*ECP6*2": "CHARGING",
    }


def test_times_are_those_of_the_charger_whatever_zone_the_server_is_in(steve, database):
    charging = statuses_of(pull(steve(database), Kind.STATUSES))["DE*ABC*ECP1*1"]
    assert (charging.occurred_at, charging.origin) == (parse_time("2026-11-23T10:00:00Z"), Origin.CHARGER)


def test_a_silent_charger_is_unknown_since_its_last_sign_of_life(steve, database):
    found = statuses_of(pull(steve(database), Kind.STATUSES))["DE*ABC*ECP2*1"]
    assert found.occurred_at == parse_time("2026-11-22T08:00:00Z")
    assert found.detail == {"reason": "offline"}


def test_how_long_a_charger_may_be_silent_can_be_set(steve, database):
    found = statuses_of(pull(steve(database, silent_after="2d"), Kind.STATUSES))
    assert found["DE*ABC*ECP2*1"].status == "AVAILABLE"


def test_a_fault_keeps_its_codes(steve, database):
    found = statuses_of(pull(steve(database), Kind.STATUSES))["DE*ABC*ECP1*2"]
    assert found.detail == {"fault_code": "GroundFailure", "mrec": "CX002", "vendor_code": "CX002"}


def test_available_that_steve_wrote_itself_counts_when_the_charger_had_its_say(steve, database, clock):
    source = steve(database)
    assert statuses_of(pull(source, Kind.STATUSES))["DE*ABC*ECP6*2"].status == "CHARGING"
    clock.advance(seconds=30)
    assert statuses_of(pull(source, Kind.STATUSES))["DE*ABC*ECP6*2"].status == "AVAILABLE"


def test_a_clock_that_is_ahead_is_told_and_told_once(steve, database):
    source = steve(database)
    problems = pull(source, Kind.STATUSES).problems
    assert any("CP4/1" in problem and "of the future" in problem for problem in problems)
    assert pull(source, Kind.STATUSES).problems == []


def test_a_long_heartbeat_interval_is_told(steve, database, mariadb_server):
    mariadb_server.execute("UPDATE settings SET heartbeat_interval_in_seconds = 14400", database)
    pulled = pull(steve(database), Kind.STATUSES)
    mariadb_server.execute("UPDATE settings SET heartbeat_interval_in_seconds = 300", database)
    assert any("every 14400 s: one that is dead goes unnoticed for 12 h" in problem for problem in pulled.problems)


def test_a_connector_without_an_id_is_told(steve, database):
    pulled = pull(steve(database, evse_id_pattern=None, evse_ids={"CP6/1": "DE*ABC*E61"}), Kind.STATUSES)
    assert "DE*ABC*E61" in statuses_of(pulled)
    assert any("CP6/2 evse_id: has no EVSE id" in problem for problem in pulled.problems)


def test_boxes_of_one_address_are_one_location(steve, any_layout):
    pulled = pull(steve(any_layout))
    assert pulled.last.complete
    assert [(raw.body["id"], len(raw.body["evses"])) for raw in pulled.records] == [("1", 3), ("3", 2)]
    body = pulled.records[0].body
    assert (body["address"], body["country"]) == ("Musterplatz 1", "DE")
    assert body["coordinates"] == {"latitude": "52.5200080", "longitude": "13.4049540"}


def test_locations_are_json_by_whose_hash_changes_are_found(steve, database):
    source = steve(database)
    bodies = [orjson.dumps(raw.body) for raw in pull(source).records]
    assert bodies == [orjson.dumps(raw.body) for raw in pull(source).records]


def test_boxes_without_an_address_are_told(steve, database):
    problems = pull(steve(database)).problems
    assert {problem.split()[0] for problem in problems if "has no address" in problem} == {"CP4", "CP5", "CP6"}


def test_connectors_are_read_and_what_they_lack_is_named(steve, database):
    pulled = pull(steve(database))
    parsed = pulled.batches[0].parse(pulled.records[0])
    assert [evse["uid"] for evse in parsed.record.body["evses"]] == ["CP1-1", "CP2-1"]
    assert parsed.record.body["evses"][0]["connectors"] == [
        {
            "id": "1",
            "standard": "IEC_62196_T2",
            "format": "SOCKET",
            "power_type": "AC_3_PHASE",
            "max_voltage": 230,
            "max_amperage": 32,
            "max_electric_power": 22000,
        }
    ]
    assert parsed.record.body["time_zone"] == "Europe/Berlin"
    assert parsed.record.body["country"] == "DEU"
    assert "CP1-2" in parsed.record.refused_evses
    assert any("power_type" in str(problem) for problem in parsed.problems)


def test_a_password_that_is_wrong_is_said(steve, database, mariadb_server):
    url = mariadb_server.url(database, password="wrong")
    with pytest.raises(SourceRefused, match=r"Access denied.*Check user and password") as raised:
        pull(steve(url), Kind.STATUSES)
    assert "wrong" not in str(raised.value)


def test_a_missing_right_is_said_as_the_grant_to_give(steve, database, mariadb_server, reader):
    url = mariadb_server.url(database, *reader)
    with pytest.raises(SourceRefused) as raised:
        pull(steve(url), Kind.STATUSES)
    grants = raised.value.remedy.removeprefix("Have given: ")
    assert f"GRANT SELECT (`heartbeat_interval_in_seconds`) ON {database}.`settings`" in grants
    mariadb_server.execute(grants)
    source = steve(url)
    assert len(statuses_of(pull(source, Kind.STATUSES))) == 9
    mariadb_server.execute(
        f"REVOKE SELECT (heartbeat_interval_in_seconds) ON {database}.settings FROM '{reader[0]}'@'%'"
    )
    with pytest.raises(SourceRefused, match=r"settings.*GRANT SELECT"):
        pull(source, Kind.STATUSES)


def test_the_rights_that_the_page_gives_are_enough_and_leave_out_card_numbers(steve, database, mariadb_server):
    mariadb_server.execute(rights("steve", stevedb=database).replace("…", "reader"))
    source = steve(mariadb_server.url(database, "chargefeed", "reader"))
    assert len(pull(source).ids) == 2
    assert len(statuses_of(pull(source, Kind.STATUSES))) == 9
    with pytest.raises(SourceRefused, match="id_tag"), source._database.reading() as connection:
        connection.exec_driver_sql("SELECT id_tag FROM `transaction`")
    mariadb_server.execute("DROP USER chargefeed")


def test_nothing_can_be_written(steve, database):
    source = steve(database)
    pull(source, Kind.STATUSES)
    with source._database.reading() as connection, pytest.raises(Exception, match="READ ONLY"):
        connection.exec_driver_sql("DELETE FROM connector_status")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"database": "sqlite:///steve.db"},
            "sqlite:// is no database that this backend runs on: mariadb://, mysql://",
        ),
        ({"database": "://steve"}, "is no database URL"),
        ({"evse_id_pattern": "DE*ABC*E{charger}"}, "write both"),
    ],
)
def test_a_wrong_setting_says_what_to_write(steve, settings, said):
    with pytest.raises(ValidationError, match=said):
        steve(settings.pop("database", "mysql://host/steve"), **settings)
