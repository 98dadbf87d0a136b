"""Partners that are hubs: routing, order, what each wants of an object, and who can be reached through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from app.clock import ManualClock
from app.delivery.states import read_problems, retry_now
from app.errors import PartnerError
from app.formats.ocpi.token import authorization
from app.registry.apply import Registry
from app.registry.database import reading, writing
from app.roaming.hub_clients import HubClients, read_client
from app.roaming.partners import Counterparty, Partners
from tests.hub_server import ROUTING, Hub, read
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.roaming.conftest import Platform, registered_as
from tests.roaming.lines import (
    Line,
    backend,
    clock,
    engine,
    migrated_file,
    partners,
    registry,
    sqlite_copy_url,
)

__all__ = ["backend", "clock", "engine", "migrated_file", "partners", "registry", "sqlite_copy_url"]

REGULAR = {"type": "REGULAR", "start_date_time": "2026-01-01T00:00:00Z"}
SITE: dict[str, Any] = {"owner": {"name": "Owner"}, "operator": {"name": "Operator"}}
MakeHub = Callable[..., "HubLine"]


class HubLine(Line):
    """A hub, our registration there, and the courier."""

    platform: Hub

    def connect(self, version: str = "2.2.1") -> None:
        hub = self.platform
        hub.version = version
        urls = {name: f"{hub.base}/{name}" for name in ("credentials", "locations", "tariffs")}
        urls |= {} if hub.gireve else {"hubclientinfo": f"{hub.base}/clientinfo"}
        roles = (hub.own,) if version == "2.2.1" else tuple(hub.clients)
        found = Counterparty(version, hub.versions_url, urls, hub.token, "base64", roles, hub.own)
        self.partners.confirm(self.settings.name, found, "a-token-of-the-hub")

    def go(self) -> None:
        super().go()
        assert self.platform.violations == []

    def pushes(self) -> list[str]:
        """What was sent to its receivers' modules since the last call."""
        lines = [line for line in self.platform.lines() if "/clientinfo" not in line]
        self.platform.requests.clear()
        return lines


@pytest.fixture
def hub(registry: Registry, partners: Partners) -> Iterator[MakeHub]:
    with ExitStack() as open_ones:

        def make(profile: str, version: str = "2.2.1", hub: dict[str, Any] | None = None, **settings: Any) -> HubLine:
            given = {"gireve": profile == "gireve", "e_clearing": profile == "e-clearing", **(hub or {})}
            platform = open_ones.enter_context(Hub(**given))
            line = HubLine(registry, partners, platform, profile=profile, **settings)
            line.connect(version)
            return line

        yield make


@pytest.fixture
def site(backend: Backend) -> Backend:
    backend.tariffs(tariff("R1", **REGULAR), tariff("A1", type="AD_HOC_PAYMENT"))
    backend.locations(complete_site("L1", "E1"), complete_site("L2", "E2"))
    return backend


def complete_site(id: str, uid: str, **fields: Any) -> dict[str, Any]:
    """As Gireve wants it."""
    point = evse(uid, connector(tariff_ids=["R1", "A1"]), capabilities=["RFID_READER"])
    return location(id, point, **{**SITE, **fields})


class TestBroadcast:
    def test_a_push_is_addressed_to_the_hub_from_the_owner_and_handed_on_to_who_is_connected(self, hub, site):
        one = hub("generic-hub")
        one.go()
        sent = [request for request in one.platform.requests if request.method != "GET"]
        assert {tuple(request.headers[name] for name in ROUTING) for request in sent} == {("DE", "HUB", "DE", "ABC")}
        assert all(request.path.split("/")[2:4] == ["DE", "ABC"] for request in sent)
        assert {each.party for each in one.platform.handed_on} == {"NL*EMS", "FR*EMP"}
        assert one.state.word == "ok"

    def test_a_hub_of_2_3_0_is_addressed_by_its_hub_party_id(self, hub, site):
        one = hub("generic-hub", version="2.3.0")
        one.go()
        assert {each.party for each in one.platform.handed_on} == {"NL*EMS", "FR*EMP"}

    def test_open_routing_leaves_out_whom_it_is_for(self, hub, site):
        one = hub("generic-hub", open_routing=True)
        one.go()
        sent = [request.headers for request in one.platform.requests if request.method != "GET"]
        assert sent
        assert not any(name in headers for headers in sent for name in ROUTING[:2])
        assert {headers[ROUTING[3]] for headers in sent} == {"ABC"}


class TestHubClientInfo:
    def test_nothing_is_sent_for_who_cannot_be_reached_and_then_what_there_is(self, hub, site, registry, clock):
        one = hub("generic-hub", to_party="BE*NSP", compare_every=60)
        for status in ("OFFLINE", "PLANNED", "SUSPENDED"):
            say_client(registry, one.platform, "BE*NSP", status)
            one.go()
            assert one.pushes() == []
            assert f"BE*NSP is {status}, as the hub says (HubClientInfo)" in one.state.error
        site.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
        site.statuses(("DE*ABC*E1", "AVAILABLE"), complete=False)
        clock.advance(seconds=60)
        say_client(registry, one.platform, "BE*NSP", "CONNECTED")
        one.go()
        first, *rest = one.pushes()
        assert (first, set(rest)) == (
            "PUT /tariffs/DE/ABC/A1",
            {"PUT /locations/DE/ABC/L1", "PUT /locations/DE/ABC/L2"},
        )
        assert {each.party for each in one.platform.handed_on} == {"BE*NSP"}

    def test_a_hub_is_asked_who_can_be_reached_before_anything_is_sent(self, hub, site):
        one = hub("generic-hub", to_party="BE*NSP")
        one.go()
        assert one.platform.lines() == ["GET /clientinfo?offset=0&limit=100"]
        assert one.state.word == "refused"

    def test_who_is_not_listed_is_sent_to_and_the_hub_says_that_it_does_not_know_it(self, hub, site):
        one = hub("generic-hub", to_party="SE*XXX")
        one.go()
        assert one.platform.handed_on == []
        assert "status_code 4001: unknown receiver SE*XXX" in " ".join(each["what"] for each in listed_of(one))


class TestGireve:
    def test_only_regular_tariffs_go_there(self, hub, site):
        one = hub("gireve", hub={"own": "FR*007"})
        one.go()
        assert one.pushes() == ["PUT /tariffs/DE/ABC/R1", "PUT /locations/DE/ABC/L1", "PUT /locations/DE/ABC/L2"]
        assert one.platform.evse("L1", "E1")["connectors"][0]["tariff_ids"] == ["R1"]
        assert {each.line for each in one.platform.handed_on} >= {"PUT /tariffs/DE/ABC/R1"}

    def test_no_tariffs_where_they_are_agreed_in_its_portal(self, hub, site):
        one = hub("gireve", pushed=["locations"])
        Line.go(one)
        assert one.pushes() == ["PUT /locations/DE/ABC/L1", "PUT /locations/DE/ABC/L2"]

    def test_what_is_not_taken_is_sent_again_before_anything_else(self, hub, site, clock: ManualClock):
        one = hub("gireve")
        one.go()
        one.pushes()
        one.platform.misbehave("500@L1#2")
        for uid in ("E1", "E2"):
            clock.advance(seconds=1)
            site.statuses((f"DE*ABC*{uid}", "CHARGING"), complete=False)
        for _ in range(3):
            one.go()
            clock.advance(seconds=60)
        first, then = "PATCH /locations/DE/ABC/L1/E1", "PATCH /locations/DE/ABC/L2/E2"
        assert one.pushes() == [first, first, first, then]

    def test_statuses_go_evse_by_evse_however_many_they_are(self, hub, site, clock: ManualClock):
        points = [
            evse(f"E{number}", connector(tariff_ids=["R1"]), capabilities=["RFID_READER"]) for number in range(12)
        ]
        site.locations(location("L1", *points, **SITE))
        one = hub("gireve")
        one.go()
        one.pushes()
        clock.advance(seconds=1)
        site.statuses(*((f"DE*ABC*E{number}", "CHARGING") for number in range(12)), complete=False)
        one.go()
        assert [line.split()[0] for line in one.pushes()] == ["PATCH"] * 12

    @pytest.mark.parametrize(
        ("fields", "path"),
        [
            ({"owner": None}, "owner.name"),
            ({"operator": None}, "operator.name"),
            ({"evses": [evse("E1", capabilities=["RFID_READER"])]}, "evses[0].connectors[0].tariff_ids"),
            ({"evses": [evse("E1", connector(tariff_ids=["R1"]))]}, "evses[0].capabilities"),
        ],
    )
    def test_what_it_would_refuse_is_withheld_and_listed(self, hub, site, fields, path):
        point = evse("E1", connector(tariff_ids=["R1"]), capabilities=["RFID_READER"])
        site.locations(location("L1", *fields.pop("evses", [point]), **{**SITE, **fields}))
        one = hub("gireve")
        one.go()
        assert "PUT /locations/DE/ABC/L1" not in one.pushes()
        assert path in problems_of(one)

    def test_an_evse_id_of_another_operator_is_withheld(self, hub, site):
        point = evse("E1", connector(tariff_ids=["R1"]), capabilities=["RFID_READER"], evse_id="DE*XYZ*E1")
        site.locations(location("L1", point, **SITE))
        one = hub("gireve")
        one.go()
        assert "evses[0].evse_id" in problems_of(one)

    def test_a_tariff_without_a_beginning_is_withheld(self, hub, backend):
        backend.tariffs(tariff("R1", type="REGULAR"))
        one = hub("gireve")
        one.go()
        assert one.pushes() == []
        assert problems_of(one) == {"start_date_time"}


def test_e_clearings_own_time_of_entry_and_way_to_write_ids_is_no_difference(hub, site, clock: ManualClock):
    one = hub("e-clearing", compare_every=3600, to_party="NL*EMS")
    one.go()
    one.pushes()
    for _ in range(3):
        clock.advance(seconds=3700)
        one.go()
    assert {line.split()[0] for line in one.pushes()} == {"GET"}


class TestRegistration:
    """At our real server."""

    def test_gireve_registers_here_and_reads_in_its_pages(self, platform: Platform):
        with Hub(own="FR*007", gireve=True) as gireve:
            registered_as(platform, gireve, "gireve")
            known = platform.partners.read("gireve").counterparty
            assert (known.hub, known.roles) == ("FR*007", ("FR*007",))
            assert len(gireve.pulled(platform.url, "locations", largest=20)) > 20
            assert gireve.violations == []

    def test_nothing_begins_here_where_the_hub_wants_that(self, platform: Platform):
        with Hub(gireve=True) as gireve, pytest.raises(PartnerError, match="begins there alone"):
            platform.own.begin(platform.settings("gireve"), gireve.versions_url, gireve.token)
        assert gireve.requests == []

    def test_a_hub_tells_who_can_be_reached(self, platform: Platform):
        with Hub() as hub:
            registered_as(platform, hub, "hub")
            details = hub.ask("GET", f"{platform.url}/ocpi/cpo/2.2.1").json()["data"]["endpoints"]
            assert [each["role"] for each in details if each["identifier"] == "hubclientinfo"] == ["RECEIVER"]
            assert read(hub.tell(platform.url, "BE*NSP")) == (200, 1000)
            url = f"{platform.url}/ocpi/cpo/2.2.1/hubclientinfo/BE/NSP"
            assert hub.ask("GET", url).json()["data"] == hub.client_info("BE*NSP")
            assert read(hub.ask("GET", url.replace("NSP", "XXX"))) == (404, 2000)
            assert read(hub.ask("PUT", url, hub.client_info("NL*EMS"))) == (200, 2001)
            assert read(hub.ask("PUT", url, {"status": "AWAY"})) == (200, 2001)
            assert read(hub.ask("PUT", url.replace("2.2.1", "2.1.1"), hub.client_info("BE*NSP")))[0] == 404
            assert hub.violations == []

    def test_nobody_but_a_hub_tells_of_others(self, platform: Platform, registered: Hub, name: str):
        url = f"{platform.url}/ocpi/cpo/2.2.1/hubclientinfo/BE/NSP"
        assert read(registered.ask("GET", url)) == (404, 2000)
        assert requests.put(url, json={}, timeout=20).status_code == 401


@pytest.fixture(scope="module")
def gireve() -> Iterator[Hub]:
    with Hub(own="FR*007", gireve=True) as gireve:
        yield gireve


class TestStandIn:
    """The hub of these tests refuses as hubs do."""

    @pytest.mark.parametrize(
        ("method", "to", "sender", "body", "code"),
        [
            ("PUT", "FR*007", "DE*ABC", {}, 1000),
            ("PUT", "FR*007", "DE*XYZ", {}, 2001),
            ("PUT", None, "DE*ABC", {}, 2001),
            ("GET", "FR*007", "DE*ABC", None, 2000),
            ("PUT", "SE*XXX", "DE*ABC", {}, 4001),
            ("PUT", "BE*NSP", "DE*ABC", {}, 4003),
            ("PUT", "FR*007", "DE*ABC", {"owner": {}}, 2001),
            ("PUT", "FR*007", "DE*ABC", {"evses": [evse("E1", connector(tariff_ids=["R1"]))]}, 2001),
        ],
    )
    def test_what_breaks_a_rule_is_refused(self, gireve: Hub, method: str, to, sender: str, body, code: int):
        headers = dict(zip(ROUTING[2:], sender.split("*"), strict=True))
        headers |= dict(zip(ROUTING[:2], to.split("*"), strict=True)) if to else {}
        headers["Authorization"] = authorization(gireve.token, "base64")
        said = None if body is None else {**complete_site("L1", "E1", last_updated="2026-01-01T00:00:00Z"), **body}
        url = f"{gireve.base}/locations/DE/ABC/L1"
        assert read(requests.request(method, url, json=said, headers=headers, timeout=5))[1] == code


def say_client(registry: Registry, hub: Hub, party: str, status: str) -> None:
    """As the hub tells it."""
    hub.clients[party] = status
    HubClients(registry.engine, "ems").put([read_client(hub.client_info(party))])
    with writing(registry.engine) as connection:
        retry_now(connection, "ems")


def listed_of(one: HubLine) -> list[dict[str, Any]]:
    """As `chargefeed destinations problems` does."""
    with reading(one.courier._network.engine) as connection:
        return read_problems(connection, one.settings.name)


def problems_of(one: HubLine) -> set[str]:
    return {problem["path"] for problem in listed_of(one) if problem.get("path")}
