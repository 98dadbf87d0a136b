"""The push to partners, by what they registered with: real receivers, each with a courier of its own."""

from __future__ import annotations

import threading
import time

import pytest

from app.clock import ManualClock
from app.roaming.partners import Partners
from tests.ocpi_partner import Partner
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.roaming.lines import (
    MakeLine,
    backend,
    clock,
    engine,
    line,
    migrated_file,
    partners,
    registry,
    site,
    sqlite_copy_url,
)

__all__ = ["backend", "clock", "engine", "line", "migrated_file", "partners", "registry", "site", "sqlite_copy_url"]


def test_nothing_is_sent_before_it_is_registered_and_all_of_it_afterwards(line: MakeLine, site: Backend):
    one = line()
    one.go()
    assert one.platform.requests == []
    one.register()
    one.go()
    assert one.platform.lines() == ["PUT /tariffs/DE/ABC/T1", "PUT /locations/DE/ABC/L1"]
    assert one.platform.violations == []


def test_each_is_pushed_what_is_for_it(line: MakeLine, site: Backend, clock: ManualClock):
    one = line(contract_tariffs=["NL-EMS-*"], issuers=["EMS"])
    one.register()
    one.go()
    assert set(one.platform.shown()) == {("tariffs", "T1"), ("tariffs", "NL-EMS-1"), ("locations", "L1")}
    assert one.platform.objects["locations", "DE", "ABC", "L2"]["publish"] is False
    assert one.platform.evse("L1", "E1")["connectors"][0]["tariff_ids"] == ["T1", "NL-EMS-1"]
    one.platform.requests.clear()
    clock.advance(seconds=60)
    site.statuses(("DE*ABC*E3", "CHARGING"), complete=False)
    one.go()
    assert one.platform.lines() == ["PATCH /locations/DE/ABC/L2/E3"]
    assert one.platform.violations == []


def test_a_contract_price_that_comes_and_goes_is_pushed_with_the_connectors_that_name_it(line, site, clock):
    one = line(contract_tariffs=["NL-EMS-*"])
    one.register()
    one.go()
    one.platform.requests.clear()
    clock.advance(seconds=60)
    site.tariffs(tariff("T1"), tariff("NL-EMS-1", audience="partner", currency="SEK"))
    one.go()
    assert one.platform.lines() == ["PUT /tariffs/DE/ABC/NL-EMS-1"]
    clock.advance(seconds=60)
    site.locations(location("L1", evse("E1", connector(tariff_ids=["T1"])), evse("E2")))
    site.tariffs(tariff("T1"), deleted=["de*abc/nl-ems-1"])
    one.go()
    assert "DELETE /tariffs/DE/ABC/NL-EMS-1" in one.platform.lines()
    assert one.platform.violations == []


def test_after_it_has_unregistered_nothing_is_sent(line: MakeLine, site: Backend, partners: Partners):
    one = line()
    one.register()
    one.go()
    one.platform.requests.clear()
    partners.forget("ems")
    site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    one.go()
    assert one.platform.requests == []


def test_who_unregisters_while_it_is_sent_to_gets_no_further_request(line, backend, partners):
    backend.locations(*(location(f"L{number}", evse(f"E{number}")) for number in range(30)))
    one = line(parallel=1)
    one.register()
    one.platform.delay = 0.05
    watcher = threading.Thread(target=lambda: (wait_for_requests(one.platform, 3), partners.forget("ems")))
    watcher.start()
    one.go()
    watcher.join()
    assert 3 <= len(one.platform.requests) <= 5
    one.go()
    assert len(one.platform.requests) <= 5


def wait_for_requests(platform: Partner, number: int) -> None:
    while len(platform.requests) < number:
        time.sleep(0.002)


def test_a_blocked_partner_is_sent_nothing(line: MakeLine, site: Backend, partners: Partners):
    one = line()
    one.register()
    partners.block("ems", blocked=True)
    one.go()
    assert one.platform.requests == []
    partners.block("ems", blocked=False)
    one.go()
    assert len(one.platform.requests) == 2


def test_who_registers_anew_is_sent_everything_in_full(line: MakeLine, site: Backend, partners: Partners, clock):
    one = line()
    one.register()
    one.go()
    sent = one.platform.lines()
    one.platform.requests.clear()
    clock.advance(seconds=1)
    partners.invite("ems")
    one.register()
    one.go()
    assert one.platform.lines() == sent


def test_tokens_that_are_exchanged_have_nothing_sent_again(line: MakeLine, site: Backend, clock):
    one = line()
    one.register()
    one.go()
    one.platform.requests.clear()
    clock.advance(seconds=60)
    one.platform.token = "another-token-of-theirs"
    one.register()
    site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    one.go()
    assert one.platform.lines() == ["PATCH /locations/DE/ABC/L1/E1"]


def test_another_version_has_everything_sent_in_its_words(line: MakeLine, site: Backend):
    one = line(parties=["DE*ABC"], versions=["2.1.1", "2.2.1"])
    one.register("2.1.1")
    one.go()
    assert "publish" not in one.platform.objects["locations", "DE", "ABC", "L1"]
    one.register("2.2.1")
    one.go()
    assert one.platform.objects["locations", "DE", "ABC", "L1"]["publish"] is True


def test_a_partner_that_hangs_keeps_no_other_waiting(line: MakeLine, backend: Backend):
    backend.locations(*(location(f"L{number}", evse(f"E{number}")) for number in range(20)))
    dead, alive = line("DED"), line("ALV")
    dead.register()
    alive.register()
    dead.platform.misbehave("hang@PUT")
    hanging = threading.Thread(target=dead.go)
    hanging.start()
    began = time.monotonic()
    alive.go()
    assert len(alive.platform.shown()) == 20
    assert hanging.is_alive() or time.monotonic() - began < 2
    hanging.join(30)
    assert dead.state.failures
    assert dead.state.cursor == alive.state.cursor


def test_a_partner_that_is_down_is_sent_the_present_state_once_and_nothing_stale(line, site, clock):
    one = line(retry_wait=10)
    one.register()
    one.go()
    one.platform.misbehave("500")
    for status in ("CHARGING", "AVAILABLE", "OUTOFORDER"):
        clock.advance(seconds=5)
        site.statuses(("DE*ABC*E1", status), complete=False)
        one.go()
    one.platform.misbehave()
    one.platform.requests.clear()
    clock.advance(seconds=400)
    one.go()
    assert [(request.method, request.body["status"]) for request in one.platform.requests] == [("PATCH", "OUTOFORDER")]


@pytest.mark.parametrize(("mode", "most"), [("state", 4), ("fifo", 1)])
def test_fifo_is_one_request_at_a_time_in_the_order_of_the_changes(line, backend, clock, mode, most):
    backend.locations(*(location(f"L{number}", evse(f"E{number}")) for number in range(6)))
    one = line(mode=mode)
    one.register()
    one.go()
    one.platform.requests.clear()
    for number in (3, 1, 5, 0):
        clock.advance(seconds=1)
        backend.statuses((f"DE*ABC*E{number}", "CHARGING"), complete=False)
    one.platform.delay = 0.1
    began = time.monotonic()
    one.go()
    assert set(one.platform.lines()) == {f"PATCH /locations/DE/ABC/L{n}/E{n}" for n in (3, 1, 5, 0)}
    if most == 1:
        assert [line_[-1] for line_ in one.platform.lines()] == ["3", "1", "5", "0"]
        assert time.monotonic() - began >= 0.4


def test_messages_are_addressed_to_the_partner_from_the_owner(line: MakeLine, site: Backend):
    one = line()
    one.register()
    one.go()
    headers = one.platform.requests[0].headers
    assert (headers["OCPI-to-country-code"], headers["OCPI-to-party-id"]) == ("NL", "EMS")
    assert (headers["OCPI-from-country-code"], headers["OCPI-from-party-id"]) == ("DE", "ABC")


def test_a_hub_is_addressed_itself_and_the_owner_stays_in_the_path(line: MakeLine, site: Backend):
    one = line()
    one.register(hub="DE*HUB")
    one.go()
    request = one.platform.requests[-1]
    assert (request.headers["OCPI-to-party-id"], request.headers["OCPI-from-party-id"]) == ("HUB", "ABC")
    assert request.line == "PUT /locations/DE/ABC/L1"
    assert not [line_ for line_ in one.platform.lines() if line_.startswith("GET")]


def test_what_a_partner_holds_otherwise_is_found_by_get_and_put_right(line, site, clock):
    one = line(compare_every="1h")
    one.register()
    one.go()
    one.platform.objects["locations", "DE", "ABC", "L1"]["address"] = "Something else"
    one.platform.requests.clear()
    clock.advance(seconds=3700)
    one.go()
    assert "GET /locations/DE/ABC/L1" in one.platform.lines()
    assert one.platform.lines()[-1] == "PUT /locations/DE/ABC/L1"


def test_in_2_1_1_a_tariff_of_its_own_is_told_when_it_begins(line, backend, registry, clock):
    start = "2026-01-01T01:00:00Z"
    backend.tariffs(
        tariff("NL-EMS-1", audience="partner", end_date_time=start),
        tariff("NL-EMS-2", audience="partner", start_date_time=start),
    )
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["NL-EMS-1", "NL-EMS-2"]))))
    one = line(parties=["DE*ABC"], versions=["2.1.1"], contract_tariffs=["NL-EMS-*"])
    one.register("2.1.1")
    one.go()
    assert one.platform.evse("L1", "E1")["connectors"][0]["tariff_id"] == "NL-EMS-1"
    one.platform.requests.clear()
    clock.advance(seconds=3600)
    registry.tick()
    one.go()
    assert "PUT /locations/DE/ABC/L1/E1/1" in one.platform.lines()
    assert one.platform.evse("L1", "E1")["connectors"][0]["tariff_id"] == "NL-EMS-2"


def test_a_private_address_is_not_pushed_to_without_leave(line: MakeLine, site: Backend):
    one = line(allow_private=False)
    one.register()
    one.go()
    assert one.platform.requests == []
    assert "https" in one.state.error
