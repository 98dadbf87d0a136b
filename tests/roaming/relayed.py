"""A network whose points partners' drivers charge at: settings, a real server, the worker's part in this process."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from cryptography.fernet import Fernet

from app.clock import ManualClock, SystemClock
from app.registry.leases import Lease, Leases
from app.relaying import relay_couriers
from app.roaming.partners import Partners
from app.settings import load
from tests.emsp_server import Emsp
from tests.registry.backend import Backend, connector, evse, location, tariff
from tests.roaming.conftest import handshakes_of
from tests.shared import ROOT
from tests.web.network import SERVE, Network, make_network, process
from tests.webhook_receiver import SECRET, WebhookReceiver

DATA = ROOT / "tests" / "data" / "relay"
TOKEN = "a-token-of-our-backend"
UID = "04A2B3C4D5CANARY"
TOKENS = f"tokens/NL/EMS/{UID}"
PARTNERS = {
    "emsp": {"tokens_every": 3600},
    "newer": {"ask_unknown": True},
    "other": {},
    "leaving": {},
    "reader": {},
    "unasked": {"relay": False},
}
CANARIES = (b"04A2B3C4D5CANARY", b"04a2b3c4d5canary", b"CCANARY01", b"APP-CANARY-7", b"CCANARY02", b"REF-CANARY")


def said(name: str, **fields: Any) -> dict[str, Any]:
    """A body of tests/data/relay, with other values where they are given."""
    body: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return {**body, **deepcopy(fields)}


@dataclass
class Relayed:
    network: Network
    partners: Partners
    folder: Path
    lease: Lease

    def __post_init__(self) -> None:
        self.couriers = relay_couriers(self.network.settings, self.network.registry.engine, SystemClock())

    @property
    def url(self) -> str:
        return self.network.settings.web.url

    def post(self, path: str, body: Any, token: str = TOKEN) -> requests.Response:
        """As our backend."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.post(f"{self.url}/relay/{path}", json=body, headers=headers, timeout=20)

    def get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return requests.get(f"{self.url}/relay/{path}", headers=headers, timeout=20).json()

    def authorize(self, uid: str, kind: str = "rfid", **where: str) -> dict[str, Any]:
        response = self.post("authorize", {"kind": kind, "uid": uid, **where})
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def work(self, name: str) -> None:
        """What the worker does for a partner, once."""
        self.couriers[name](self.lease)

    def register(self, emsp: Emsp, name: str, version: str = "2.2.1") -> Emsp:
        answer = emsp.register(self.url, self.partners.invite(name), version=version).json()
        assert answer["status_code"] == 1000, answer
        return emsp

    def ocpi(self, emsp: Emsp, method: str, path: str, body: Any = None, version: str = "2.2.1") -> requests.Response:
        return emsp.ask(method, f"{self.url}/ocpi/cpo/{version}/{path}", body)


def settings_of(network: Network, commands_url: str, partners: dict[str, dict[str, Any]]) -> None:
    """Written into the file."""
    folder = network.config.parent
    own = {
        "allow_private": True,
        "push": False,
        "relay": True,
        "timeout": 2,
        "retry_wait": 0.001,
        "longest_wait": 0.001,
    }
    settings = yaml.safe_load(network.config.read_text())
    settings["partners"] = [{"name": name, **own, **options} for name, options in partners.items()]
    commands = {"commands_url": commands_url, "secrets": [SECRET], "allow_private": True, "command_timeout": 0.5}
    relay = {"tokens": [TOKEN], "timeout": 0.5, **commands}
    settings["roaming"] = {"key": str(folder / "partners.key"), "relay": relay}
    keys = [Fernet.generate_key().decode()]
    settings["private"] = {"database": f"sqlite:///{folder / 'private.db'}", "keys": keys}
    network.config.write_text(yaml.safe_dump(settings))
    network.settings = load(network.config)


@contextmanager
def relaying(folder: Path, commands_url: str, partners: dict[str, dict[str, Any]]) -> Iterator[Relayed]:
    network = make_network(folder, locations=3)
    backend = Backend(network.registry, ManualClock(SystemClock().now()))
    backend.tariffs(tariff("T1"))
    backend.locations(*(location(f"L{n}", evse(f"E{n}", connector(tariff_ids=["T1"]))) for n in range(3)))
    settings_of(network, commands_url, partners)
    serve = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(SERVE)} 2>{shlex.quote(str(folder / 'web.log'))}"
    lease = Leases(network.registry.engine, "tests").acquire("destination:relay")
    assert lease is not None
    with process(network, ["sh", "-c", serve], network.settings.web.url):
        yield Relayed(network, handshakes_of(network).partners, folder, lease)


@pytest.fixture(scope="module")
def commands() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory, commands: WebhookReceiver) -> Iterator[Relayed]:
    with relaying(tmp_path_factory.mktemp("relay"), f"{commands.base}/commands", PARTNERS) as ours:
        yield ours


@pytest.fixture(scope="module")
def emsp(ours: Relayed) -> Iterator[Emsp]:
    """NL*EMS, which has pushed its token."""
    with Emsp() as emsp:
        ours.register(emsp, "emsp")
        assert ours.ocpi(emsp, "PUT", TOKENS, said("token")).status_code == 201
        yield emsp


@pytest.fixture(scope="module")
def other(ours: Relayed) -> Iterator[Emsp]:
    """NL*OTH, registered by 2.3.0."""
    with Emsp(party="OTH") as other:
        yield ours.register(other, "other", "2.3.0")


@pytest.fixture(autouse=True)
def behaving(emsp: Emsp, commands: WebhookReceiver) -> None:
    """At the beginning of each test."""
    emsp.misbehave()
    commands.misbehave()


def assert_no_trace(ours: Relayed, logged: Any) -> None:
    """Of a token, contract or reference: not in what is public, in a log, or readable in a file. `logged`: by this process."""
    ours.network.snapshot()
    reads = ["/", "/metrics", "/open/changes", "/open/ocpi/2.3.0/locations", "/openapi.json", "/admin/deliveries"]
    public = b"".join(requests.get(f"{ours.url}{path}", timeout=10).content for path in reads)
    files = {path.name: path.read_bytes() for path in ours.folder.rglob("*") if path.is_file()}
    assert {"feed.db", "private.db", "web.log"} <= files.keys()
    for canary in CANARIES:
        assert canary not in public
        assert canary not in repr(logged).encode()
        assert not [name for name, content in files.items() if canary in content]
    assert [name for name, content in files.items() if TOKEN.encode() in content] == ["chargefeed.yaml"]
