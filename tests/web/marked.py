"""A network that holds one of everything that is nobody's but ours, each marked: `canary` is in all of it."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import yaml
from cryptography.fernet import Fernet
from flask import Flask

from app.clock import SystemClock
from app.delivery.states import begin, write_state
from app.listening import open_private
from app.model.batch import Kind
from app.model.session import SessionRecord
from app.registry.database import writing
from app.registry.private.outbox import Record
from app.registry.states import failed
from app.relay.server import with_relay
from app.relay.site import relaying
from app.roaming.partners import Counterparty, Partners
from app.roaming.token import replacing
from app.roaming.token_kinds import name_of
from app.settings import Private, load
from app.web.application import create_app
from tests.roaming.conftest import handshakes_of
from tests.shared import ROOT
from tests.web.network import Network, make_network

DATA = ROOT / "tests" / "data"
ADMIN, BACKEND, HAND = "canary-token-of-a-person-in-charge", "canary-token-of-our-backend", "canary-token-by-hand"
SIGNING = "whsec_" + b64encode(b"canary canary canary canary").decode()
EXAMPLE = b"04a2b3c4d5canary"
"""A driver's token in deploy/relay.md, and so in the documentation; here none has it."""
NUMBERS = (b"0.31337", b"0,31337", b"50.31337", b"11.31337", b"313.37")
"""Prices, coordinates and energy of what is hidden."""


@dataclass
class Marked:
    network: Network
    app: Flask
    tokens: dict[str, str]
    """Partner → the token that it shows."""
    keys: tuple[bytes, ...]
    """What we encrypt and sign with."""

    def traces(self, text: bytes) -> list[bytes]:
        """Of anything private in what somebody is shown."""
        lowered = text.lower().replace(EXAMPLE, b"")
        wanted = (b"canary", *NUMBERS, *map(bytes.lower, self.keys), *_encoded())
        return [mark for mark in wanted if mark in lowered]


def _encoded() -> tuple[bytes, ...]:
    """Tokens as they travel and as they are kept."""
    said = (ADMIN, BACKEND, HAND)
    forms = [form for text in said for form in (b64encode(text.encode()), sha256(text.encode()).hexdigest().encode())]
    return (SIGNING.lower().encode(), *(form.lower() for form in forms))


def make_marked(folder: Path) -> Marked:
    network = make_network(folder, locations=2)
    secret = {"name": "secret", "type": "file", "version": "2.3.0"}
    files = {name: str(DATA / "private" / f"{kind}.json") for name, kind in _FILES}
    settings = yaml.safe_load(network.config.read_text())
    settings["sources"] += [secret | files, _BACKEND]
    settings |= {"admin_tokens": [ADMIN], "destinations": _DESTINATIONS, "partners": _PARTNERS}
    commands = {"commands_url": "https://canary.example/commands", "secrets": [SIGNING]}
    settings["roaming"] = {"key": str(folder / "partners.key"), "relay": {"tokens": [BACKEND], **commands}}
    key = Fernet.generate_key()
    settings["private"] = {"database": f"sqlite:///{folder / 'private.db'}", "keys": [key.decode()]}
    network.config.write_text(yaml.safe_dump(settings))
    read = load(network.config)
    network.settings = read.model_copy(update={"sources": read.sources[:2]})  # the third is not there to be pulled
    network.pull()
    network.settings = read
    network.snapshot()
    network.seal()
    _fail(network)
    tokens = _registered(handshakes_of(network).partners)
    app = with_relay(create_app(read), read)
    with app.test_request_context():
        assert read.private is not None
        _charged(read.private)
    keys = key, *(line for name in ("partners.key", "ledger.key") for line in _lines(folder, name))
    return Marked(network, app, tokens, keys)


_FILES = (("inventory", "locations"), ("tariffs", "tariffs"))
_BACKEND = {
    "name": "backend",
    "type": "rest",
    "backend": "ampeco",
    "url": "https://canary:canary-password@canary.example",
    "token": "canary-token-of-a-backend",
    "country_code": "DE",
    "party_id": "ABC",
}
_PUSH = {"type": "ocpi-push", "locations_url": "https://canary.example/locations", "token": "canary-token-there"}
_DESTINATIONS = [
    {"name": "wall", **_PUSH, "pull_token": HAND},
    {"name": "hook", "type": "webhook", "url": "https://canary.example/hook", "secrets": [SIGNING]},
]
_PARTNERS = [
    {"name": "emsp", "relay": True, "issuers": ["CANARY issuer"], "contract_tariffs": ["CANARY-*"]},
    {"name": "other", "relay": True},
]


def _fail(network: Network) -> None:
    """A backend and a receiver that say what nobody else is to read."""
    with writing(network.registry.engine) as connection:
        failed(
            connection, "backend", Kind.LOCATIONS, SystemClock().now(), "https://canary.example said: canary-password"
        )
        begin(connection, "wall", target="", rules="", epoch="", cursor=0, known=True)
        write_state(connection, "wall", error="HTTP 500: canary", failures=1, failing_since=0)


def _registered(partners: Partners) -> dict[str, str]:
    def register(name: str, party: str) -> str:
        shown, token = partners.invite(name), f"token-that-{name}-shows-to-us"
        where = "https://canary.example/versions"
        there = Counterparty("2.2.1", where, {"sessions": where}, "canary-token-of-a-partner", "base64", (party,))
        assert partners.accept(name, there, sha256(shown.encode()).hexdigest(), token)
        return token

    return {"emsp": register("emsp", "NL*EMS"), "other": register("other", "NL*OTH")}


def _charged(private: Private) -> None:
    """A driver's token, session and CDR of `emsp`, and a session that is kept for reports."""
    stores, now = relaying().stores, SystemClock().now()
    token = _said("token")
    change = replacing(token, "NL*EMS", token["uid"], token["type"])
    stores.tokens.change("emsp", "NL*EMS", name_of(token["type"], token["uid"]), now, change)
    for module in ("sessions", "cdrs"):
        body = _said(module.rstrip("s")) | {"kwh": 313.37}
        assert stores.outbox.take(Record(module, "DE*ABC", body["id"], "emsp", "NL*EMS", now, body), now)
    kept = SessionRecord(
        "backend", "DE*ABC*ECANARY", now, None, Decimal("313.37"), session_id="CANARY", payment="canary"
    )
    open_private(private).put([kept])


def _said(name: str) -> Any:
    return orjson.loads((DATA / "relay" / f"{name}.json").read_text().replace(EXAMPLE.decode().upper(), "CANARY1234"))


def _lines(folder: Path, name: str) -> list[bytes]:
    file = next(folder.rglob(name), None)
    return [] if file is None else [line for line in file.read_bytes().split() if len(line) > 20]
