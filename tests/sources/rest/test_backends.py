"""Described backends, as they are documented: what they have becomes locations, prices and statuses; what they lack is told."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import SourceRefused
from app.model.batch import Kind
from app.shipped import shipped
from app.sources.rest.description import SHELF
from app.sources.tap.description import SHELF as EVENTS
from tests.sources.pulled import Pulled, pull


def read(pulled: Pulled) -> dict[str, Any]:
    """Id → canonical record of a pull."""
    records = [batch.parse(raw).record for batch in pulled.batches for raw in batch.records]
    return {record.id: record for record in records if record is not None}


def told(pulled: Pulled) -> list[str]:
    """Problems of the batches and of their records."""
    parsed = [batch.parse(raw) for batch in pulled.batches for raw in batch.records]
    return [*pulled.problems, *(str(problem) for each in parsed for problem in each.problems)]


def statuses(pulled: Pulled) -> dict[str, str]:
    found = [pulled.last.parse(row).record for row in pulled.last.records]
    return {record.evse: record.status for record in found}


BACKENDS = shipped("config") / "backends"


@pytest.mark.parametrize("name", SHELF.files)
def test_each_shipped_description_is_right_and_named_on_its_page(name):
    assert SHELF.load(name).title
    assert f"backend: {name}\n" in (BACKENDS / f"{name}.md").read_text()
    assert f"[{name}.md]({name}.md)" in (BACKENDS / "README.md").read_text()


@pytest.mark.parametrize("name", EVENTS.files)
def test_each_shipped_description_of_messages_is_right_and_on_a_page(name):
    assert EVENTS.load(name).title
    assert any(f"backend: {name}" in page.read_text() for page in BACKENDS.glob("*.md"))


def test_ampeco_gives_locations_of_public_charge_points(serve, source):
    pulled = pull(source(serve("ampeco")))
    [(id, record)] = read(pulled).items()
    body = record.body
    assert (id, body["name"], body["address"], body["country"]) == ("10", "City garage", "Vitosha 1", "BGR")
    assert [evse["uid"] for evse in body["evses"]] == ["1001", "1002", "1003"]
    [connector] = body["evses"][0]["connectors"]
    assert connector == {
        "id": "5001",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "max_voltage": 230,
        "max_amperage": 32,
        "max_electric_power": 22000,
        "tariff_ids": ["71", "72"],
    }
    assert body["opening_times"]["regular_hours"] == [
        {"weekday": 1, "period_begin": "08:00", "period_end": "20:00"},
        {"weekday": 7, "period_begin": "10:00", "period_end": "18:00"},
    ]
    assert pulled.last.complete
    assert told(pulled) == []


def test_ampeco_statuses_know_who_is_offline_and_what_was_switched_off(serve, source):
    pulled = pull(source(serve("ampeco")), Kind.STATUSES)
    assert statuses(pulled) == {"1001": "CHARGING", "1002": "OUTOFORDER", "1003": "UNKNOWN"}
    assert pulled.last.complete


def test_ampeco_ad_hoc_tariffs_are_prices_and_the_others_are_told(serve, source):
    pulled = pull(source(serve("ampeco"), tax_included="YES"), Kind.TARIFFS)
    [(id, record)] = read(pulled).items()
    assert (id, record.body["tax_included"], str(record.body["preauthorize_amount"])) == ("71", "YES", "30")
    prices = [
        (one["type"], str(one["price"]), one["step_size"]) for one in record.body["elements"][0]["price_components"]
    ]
    assert prices == [("ENERGY", "0.45", 1), ("FLAT", "0.5", 1), ("TIME", "1.2", 900), ("PARKING_TIME", "6", 60)]
    [problem] = told(pulled)
    assert "72: left out: tariffs of type peak power levels are not read" in problem


def test_prices_without_a_tax_basis_are_no_prices(serve, source):
    pulled = pull(source(serve("ampeco")), Kind.TARIFFS)
    assert read(pulled) == {}
    assert any(problem.endswith("Set `tax_included` of the source") for problem in told(pulled))


def test_chargecloud_locations_have_their_statuses_and_the_ids_of_their_tariffs(serve, source):
    feed = source(serve("chargecloud"))
    assert feed.kinds == {Kind.LOCATIONS, Kind.TARIFFS}
    assert {pull.every for pull in feed.pulls() if pull.kind is Kind.LOCATIONS} == {feed.settings.status_every}
    pulled = pull(feed)
    found = read(pulled)
    assert list(found) == ["7001", "7002"]
    first = found["7001"].body["evses"][0]
    assert first["connectors"][0]["tariff_ids"] == ["22132ac"]
    assert "tariffs" not in first
    assert [(one.evse, one.status) for one in found["7001"].statuses] == [
        ("8976020", "CHARGING"),
        ("8976021", "OUTOFORDER"),
    ]
    assert {one.occurred_at for one in found["7001"].statuses} == {None}, (
        "its `last_updated` is not the time of the status"
    )


def test_chargecloud_inline_tariffs_are_read_once_and_by_the_minute(serve, source):
    pulled = pull(source(serve("chargecloud"), tax_included="YES"), Kind.TARIFFS)
    [(id, record)] = read(pulled).items()
    assert (id, record.country_code, record.party_id) == ("22132ac", "DE", "SLB")
    restrictions = record.body["elements"][0]["restrictions"]
    assert restrictions == {"start_time": "08:00", "end_time": "20:00", "min_duration": 14460}
    [problem] = told(pulled)
    assert "odd: left out: an element has several sets of restrictions" in problem
    assert list(pulled.last.seen) == ["de*slb/odd"]


def test_monta_is_asked_by_log_in_and_its_states_are_statuses(serve, source):
    monta = serve("monta")
    pulled = pull(source(monta), Kind.STATUSES)
    assert monta.sent[0][1] == b'{"clientId":"client","clientSecret":"s3cret"}'
    assert monta.requests == [
        "/charge-points?page=0&perPage=100",
        *(f"/charge-points?perPage=100&page={page}" for page in (1, 2)),
    ]
    assert statuses(pulled) == {"1": "AVAILABLE", "2": "CHARGING", "3": "UNKNOWN", "5": "UNKNOWN"}
    [problem] = [problem for row in pulled.last.records for problem in pulled.last.parse(row).problems]
    assert (problem.record, problem.value) == ("5", "dancing")
    assert problem.remedy == "Say in `status_map` of the source what the word means"


def test_monta_is_logged_in_again_when_its_token_ends_or_is_refused(serve, source, clock):
    monta = serve("monta")
    fleet = source(monta)
    for _ in range(2):
        pull(fleet, Kind.STATUSES)
    assert monta.tokens == 1
    monta.expire()
    assert len(pull(fleet, Kind.STATUSES).records) == 4
    assert monta.tokens == 2
    clock.advance(seconds=100 * 365 * 24 * 3600)
    pull(fleet, Kind.STATUSES)
    assert monta.tokens > 2


def test_a_wrong_secret_is_told_without_the_secret(serve, source):
    with pytest.raises(SourceRefused, match=r"unknown client\. Check `client_id` and `client_secret`") as refused:
        pull(source(serve("monta"), client_secret="wr0ng"), Kind.STATUSES)
    assert "wr0ng" not in str(refused.value)


def test_who_is_not_in_ocpp_cores_list_is_offline(serve, source):
    core = serve("ocpp-core")
    evses = {"CP1/1": "DE*ABC*E1", "CP1/2": "DE*ABC*E2"}
    fleet = source(core, evse_ids=evses)
    pulled = pull(fleet, Kind.STATUSES)
    expected = {"DE*ABC*E1": "CHARGING", "DE*ABC*E2": "AVAILABLE", "CP2/1": "OUTOFORDER", "CP2/2": "UNKNOWN"}
    assert statuses(pulled) == expected
    del core.lists["status"][0]
    again = pull(fleet, Kind.STATUSES)
    assert again.last.complete
    assert statuses(again) == {**expected, "DE*ABC*E1": "UNKNOWN", "DE*ABC*E2": "UNKNOWN"}


def test_ocpp_core_may_be_open(serve, source):
    core = serve("ocpp-core", header="", secret="")
    assert len(pull(source(core, token=None), Kind.STATUSES).records) == 4
