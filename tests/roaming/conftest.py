"""A network with partners in its settings, a real server over it, and platforms that register there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import yaml

from app.clock import SystemClock
from app.formats.ocpi.token import authorization
from app.roaming.handshake import Handshakes, Ourselves
from app.roaming.key import open_key
from app.roaming.partners import Partners
from app.roaming.settings import PartnerSettings
from app.settings import load
from tests.ocpi_partner import Partner
from tests.web.network import Network, granian, make_network

NAMES = [f"partner{number}" for number in range(60)]
"""Each test takes one that no other has."""
OPTIONS: dict[str, dict[str, Any]] = {
    "strict": {"allow_private": False},
    "old": {"parties": ["DE*ODD"], "versions": ["2.1.1", "2.2.1", "2.3.0"]},
    "initiator": {},
    "contract": {"tariff_types": ["REGULAR", "AD_HOC_PAYMENT"], "issuers": ["CANARY"]},
    "regular": {
        "parties": ["DE*ODD"],
        "tariff_types": ["REGULAR"],
        "versions": ["2.1.1", "2.2.1"],
        "issuers": ["CANARY"],
    },
    "other": {},
    "puller": {"push": False},
    "german": {"parties": ["DE*ODD"]},
    "gireve": {"profile": "gireve", "tariff_types": ["AD_HOC_PAYMENT"]},
    "hub": {"profile": "generic-hub"},
}


@dataclass
class Platform:
    """Us, as partners see it."""

    network: Network
    own: Handshakes

    @property
    def url(self) -> str:
        return self.network.settings.web.url

    @property
    def partners(self) -> Partners:
        return self.own.partners

    def settings(self, name: str) -> PartnerSettings:
        return next(each for each in self.network.settings.partners if each.name == name)

    def get(self, path: str, token: str | None, **headers: str) -> requests.Response:
        shown = {} if token is None else {"Authorization": authorization(token, "base64")}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.get(f"{self.url}{path}", headers={**shown, **named}, timeout=20)

    def crawl(self, path: str, token: str) -> list[dict[str, Any]]:
        found, following = [], path
        while following:
            response = self.get(following, token)
            assert response.status_code == 200, response.text
            found += response.json()["data"]
            following = response.links.get("next", {}).get("url", "").removeprefix(self.url)
        return found


def with_partners(network: Network) -> Network:
    """The settings written anew, read again."""
    settings = yaml.safe_load(network.config.read_text())
    given = {name: {"allow_private": True, "timeout": 2} for name in NAMES}
    given |= {name: {"allow_private": True, "timeout": 2, **options} for name, options in OPTIONS.items()}
    settings["partners"] = [{"name": name, **options} for name, options in given.items()]
    settings["roaming"] = {"key": str(network.config.parent / "partners.key")}
    network.config.write_text(yaml.safe_dump(settings))
    network.settings = load(network.config)
    return network


def handshakes_of(network: Network) -> Handshakes:
    registry, settings = network.registry, network.settings
    partners = Partners(registry.engine, open_key(settings.roaming.key), SystemClock())
    ourselves = Ourselves(f"{settings.web.url}/ocpi/versions", settings.publisher(), lambda: ["DE*ODD", "NL*DEM"])
    return Handshakes(partners, ourselves, SystemClock())


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    network = make_network(tmp_path_factory.mktemp("roaming"), locations=20, odd=True)
    network.pull()
    with_partners(network)
    with granian(network):
        yield Platform(network, handshakes_of(network))


_free = iter(NAMES)


@pytest.fixture
def name() -> str:
    """A partner that nobody has used yet."""
    return next(_free)


@pytest.fixture
def partner() -> Iterator[Partner]:
    with Partner() as partner:
        yield partner


@pytest.fixture
def registered(platform: Platform, partner: Partner, name: str) -> Partner:
    """The partner, registered by version 2.2.1."""
    return registered_as(platform, partner, name)


def registered_as(platform: Platform, partner: Partner, name: str, version: str = "2.2.1") -> Partner:
    response = partner.register(platform.url, platform.partners.invite(name), version=version)
    assert response.json()["status_code"] == 1000, response.text
    return partner
