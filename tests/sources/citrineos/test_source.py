"""CitrineOS as a source: by SQL and by GraphQL alike."""

from __future__ import annotations

import orjson
import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine

from app.clock import parse_time
from app.errors import SourceAnswerError, SourceRefused, SourceUnreachable
from app.model.batch import PULLED, Kind, Origin
from app.sources.base import source_class
from app.sources.citrineos import CitrineosSource
from tests.sources.backend_page import rights
from tests.sources.pulled import pull, statuses_of


def test_it_is_known_by_its_type():
    assert source_class("citrineos") is CitrineosSource


def test_statuses_are_those_of_the_log_and_not_of_the_connectors(either):
    pulled = pull(either(), Kind.STATUSES)
    assert pulled.last.complete
    assert {evse: record.status for evse, record in statuses_of(pulled).items()} == {
        "DE*ABC*E16*1": "CHARGING",
        "DE*ABC*E16*2": "OUTOFORDER",
        "DE*ABC*E201*1": "INOPERATIVE",
        "DE*ABC*E201*2": "CHARGING",
        "DE*ABC*ENEW*1": "AVAILABLE",
        "DE*ABC*EOFF*1": "UNKNOWN",
        "DE*ABC*ESTALE*1": "AVAILABLE",
    }


def test_a_time_of_the_future_gives_way_to_when_it_was_written_down(either):
    found = statuses_of(pull(either(), Kind.STATUSES))
    at = parse_time("2026-11-23T11:58:00Z")
    assert (found["DE*ABC*ENEW*1"].occurred_at, found["DE*ABC*ENEW*1"].origin) == (at, Origin.BACKEND)
    charging = found["DE*ABC*E16*1"]
    assert (charging.occurred_at, charging.origin) == (parse_time("2026-11-23T10:00:00Z"), Origin.CHARGER)
    assert charging.backend_at == parse_time("2026-11-23T10:00:02Z")


def test_what_is_offline_is_unknown_since_its_last_message(either):
    found = statuses_of(pull(either(), Kind.STATUSES))["DE*ABC*EOFF*1"]
    assert (found.occurred_at, found.detail) == (parse_time("2026-11-23T09:00:00Z"), {"reason": "offline"})


def test_what_is_called_online_and_says_nothing_is_unknown(either):
    found = statuses_of(pull(either(evse_ids={"CPZOMBIE/1": "DE*ABC*EZ"}), Kind.STATUSES))
    assert found["DE*ABC*EZ"].detail == {"reason": "offline"}


def test_what_has_no_evse_or_no_id_is_told(either):
    problems = pull(either(), Kind.STATUSES).problems
    assert any("CPZOMBIE/1 evse_id: has no EVSE id" in problem for problem in problems)
    assert any("CPSTALE/2 Evses: has a status and no EVSE" in problem for problem in problems)


def test_locations_are_read(either):
    pulled = pull(either())
    assert pulled.last.complete
    record = pulled.batches[0].parse(pulled.records[0]).record
    body = record.body
    assert (record.country_code, record.party_id, record.id) == ("DE", "ABC", "1")
    assert (body["country"], body["time_zone"], body["opening_times"]) == (
        "DEU",
        "Europe/Berlin",
        {"twentyfourseven": True},
    )
    assert body["coordinates"] == {"latitude": "53.541000", "longitude": "9.984000"}
    assert [evse["evse_id"] for evse in body["evses"]] == ["DE*ABC*E16*1", "DE*ABC*E16*2", "DE*ABC*E201*1"]
    assert body["evses"][1]["connectors"][0]["standard"] == "IEC_62196_T2_COMBO"
    assert body["evses"][0]["connectors"][0]["tariff_ids"] == ["1"]
    assert record.refused_evses == {"22"}, "its connector lacks what OCPI requires"
    assert pulled.records[1].body["publish"] is False


def test_flat_prices_become_tariffs(either):
    pulled = pull(either(prices_include_vat=True), Kind.TARIFFS)
    tariff = pulled.batches[0].parse(pulled.records[0]).record.body
    components = {
        one["type"]: (str(one["price"]), str(one["vat"])) for one in tariff["elements"][0]["price_components"]
    }
    assert components == {"ENERGY": ("0.49", "19"), "TIME": ("1.2", "19"), "FLAT": ("1", "19")}
    assert (tariff["tax_included"], str(tariff["preauthorize_amount"])) == ("YES", "30")
    assert any(
        "2 taxRate: a tax rate below one percent: left out (value 0.19)" in problem for problem in pulled.problems
    )
    assert any("2 paymentFee" in problem for problem in pulled.problems)


@pytest.mark.parametrize("kind", [Kind.LOCATIONS, Kind.TARIFFS])
def test_objects_are_json_by_whose_hash_changes_are_found(either, kind):
    source = either(prices_include_vat=True)
    bodies = [orjson.dumps(raw.body) for raw in pull(source, kind).records]
    assert bodies == [orjson.dumps(raw.body) for raw in pull(source, kind).records]


def test_a_tax_rate_may_be_a_fraction(either):
    pulled = pull(either(prices_include_vat=False, tax_rate="fraction"), Kind.TARIFFS)
    vat = pulled.batches[0].parse(pulled.records[1]).record.body["elements"][0]["price_components"][0]["vat"]
    assert float(vat) == 19


def test_prices_of_which_nobody_says_whether_vat_is_in_them_are_not_read(either):
    pulled = pull(either(), Kind.TARIFFS)
    assert pulled.records == []
    assert any("2 tariffs of which nobody says whether they include VAT" in problem for problem in pulled.problems)


def test_the_last_message_counts_though_the_column_goes_backwards(citrine, hasura, clock):
    source = citrine(url=hasura.url, secret="hasura-secret")
    pull(source, Kind.STATUSES)
    for station in hasura.tables["ChargingStations"]:
        station["latestOcppMessageTimestamp"] = "2026-11-23T11:40:00+00:00"
    clock.advance(seconds=300)
    assert statuses_of(pull(source, Kind.STATUSES))["DE*ABC*E201*2"].status == "CHARGING"


def test_hasura_is_asked_page_by_page(citrine, hasura):
    pull(citrine(url=hasura.url, secret="hasura-secret", page=4), Kind.STATUSES)
    assert [question["variables"]["offset"] for question in hasura.asked] == [0, 4]


def test_a_wrong_secret_is_said(citrine, hasura):
    with pytest.raises(SourceAnswerError, match=r"invalid x-hasura-admin-secret.*Check `secret`"):
        pull(citrine(url=hasura.url, secret="wrong"))


def test_a_column_that_the_role_may_not_see_is_said(citrine, hasura):
    hasura.errors = [{"message": "field 'type' not found in type: 'Connectors'"}]
    with pytest.raises(SourceAnswerError, match=r"'Connectors'.*let the role select the column"):
        pull(citrine(url=hasura.url, secret="hasura-secret"))


def test_a_missing_right_is_said_as_the_grants_to_give(citrine, citrine_url):
    engine = create_engine(citrine_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS citrine_reader")
        connection.exec_driver_sql("CREATE ROLE citrine_reader LOGIN")
    source = citrine(citrine_url.replace("postgres@", "citrine_reader@"))
    with pytest.raises(SourceRefused, match="permission denied for table") as raised:
        pull(source, Kind.STATUSES)
    with engine.connect() as connection:
        connection.exec_driver_sql(raised.value.remedy.removeprefix("Have given: "))
        assert len(statuses_of(pull(source, Kind.STATUSES))) == 7
        connection.exec_driver_sql("DROP OWNED BY citrine_reader; DROP ROLE citrine_reader")
    engine.dispose()


def test_the_rights_that_the_page_gives_are_enough(citrine, citrine_url):
    engine = create_engine(citrine_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(rights("citrineos", citrine=citrine_url.rpartition("/")[2]))
    source = citrine(citrine_url.replace("postgres@", "chargefeed@"), prices_include_vat=True)
    assert [len(pull(source, kind).records) for kind in PULLED] == [2, 2, 7]
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY chargefeed; DROP ROLE chargefeed")
    engine.dispose()


def test_a_database_that_is_not_there_is_said(citrine):
    with pytest.raises(SourceUnreachable, match="source citrine, postgresql"):
        pull(citrine("postgresql://citrine:secret@127.0.0.1:1/citrine"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "give `database` or `url`"),
        ({"database": "mysql://host/citrine"}, "mysql:// is no database that this backend runs on: postgresql://"),
    ],
)
def test_a_wrong_setting_says_what_to_write(citrine, settings, said):
    with pytest.raises(ValidationError, match=said):
        citrine(**settings)
