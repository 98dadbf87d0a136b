"""An `extrawest-ocpi` eMSP in a process of its own as a partner of our real server: it registers from either side, reads, is
pushed to, and leaves. Its schema asks for more than OCPI (`energy_product_name`), so the network is a plain one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.clock import ManualClock, SystemClock
from app.delivery.network import Network as Deliveries
from app.errors import PartnerError
from app.formats.ocpi.token import authorization
from app.publish.feed import Feed
from app.registry.leases import Leases
from app.registry.watch import CommitWatch
from app.roaming.push import PartnerCourier
from tests.e2e.extrawest import extrawest
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.roaming.conftest import Platform, handshakes_of, with_partners
from tests.web.network import granian, make_network

TOKEN = "s3cret"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    network = make_network(tmp_path_factory.mktemp("ours"), locations=5)
    said = Backend(network.registry, ManualClock(SystemClock().now()))
    said.tariffs(tariff("T1"))
    said.locations(*(location(f"L{n}", evse(f"E{n}", connector(tariff_ids=["T1"]))) for n in range(5)))
    with_partners(network)
    with granian(network):
        yield Platform(network, handshakes_of(network))


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("theirs") / "data"
    folder.mkdir()
    with extrawest(folder, TOKEN) as base:
        yield base


def say(platform: Platform, status: str) -> None:
    Backend(platform.network.registry, ManualClock(SystemClock().now())).statuses(("DE*ABC*E0", status), complete=False)


def credentials(peer: str) -> dict[str, Any]:
    own = {"party_id": "EXT", "country_code": "NL", "business_details": {"name": "Extrawest"}}
    return {"token": TOKEN, "url": f"{peer}/versions", "roles": [{"role": "EMSP", **own}]}


def pushed(platform: Platform, name: str) -> None:
    registry = platform.network.registry
    public = registry.feed()
    feed = Feed(public, CommitWatch(registry.engine, 0).stamp, registry.clock)
    deliveries = Deliveries(registry.engine, public, feed, SystemClock())
    lease = Leases(registry.engine, "tests").acquire(f"destination:{name}")
    assert lease is not None
    PartnerCourier(platform.settings(name), platform.partners, deliveries, threading.Event())(lease)


def held(peer: str, location: dict[str, Any], token: str) -> dict[str, Any] | None:
    url = f"{peer}/emsp/2.2.1/locations/{location['country_code']}/{location['party_id']}/{location['id']}"
    found = requests.get(url, headers={"Authorization": authorization(token, "base64")}, timeout=5)
    return found.json()["data"][0] if found.ok else None


def test_it_registers_here_pulls_is_pushed_to_and_leaves(platform: Platform, peer: str):
    url = f"{platform.url}/ocpi/cpo/2.2.1/credentials"
    invited = authorization(platform.partners.invite("partner0"), "base64")
    answer = requests.post(url, json=credentials(peer), headers={"Authorization": invited}, timeout=20).json()
    assert answer["status_code"] == 1000, answer
    theirs = answer["data"]["token"]
    locations = platform.crawl("/ocpi/cpo/2.2.1/locations?limit=2", theirs)
    assert len(locations) == 5
    pushed(platform, "partner0")
    assert all(held(peer, each, TOKEN) for each in locations)
    say(platform, "CHARGING")
    pushed(platform, "partner0")
    there = held(peer, locations[0], TOKEN)
    assert there is not None
    assert there["evses"][0]["status"] == "CHARGING"
    shown = {"Authorization": authorization(theirs, "base64")}
    assert requests.delete(url, headers=shown, timeout=20).json()["status_code"] == 1000
    say(platform, "OUTOFORDER")
    pushed(platform, "partner0")
    assert held(peer, locations[0], TOKEN) == there


def test_we_register_there_exchange_the_tokens_and_leave(platform: Platform, peer: str):
    partner = platform.settings("partner1")
    found = platform.own.begin(partner, f"{peer}/versions", TOKEN)
    assert (found.version, found.roles) == ("2.2.1", ("NL*EXT",))
    first = platform.crawl("/open/ocpi/2.2.1/locations", "anyone")[0]
    pushed(platform, "partner1")
    assert held(peer, first, found.token)
    renewed = platform.own.rotate(partner)
    assert held(peer, first, found.token) is None
    assert held(peer, first, renewed.token)
    platform.own.end(partner)
    assert held(peer, first, renewed.token) is None
    with pytest.raises(PartnerError, match="not registered"):
        platform.own.look(partner)
