"""What is new and what is fixed gets to people, once, signed or in plain words, however often it takes."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.alerts.channels import channels
from app.alerts.settings import Alerts
from app.alerts.telling import Teller
from app.clock import ManualClock
from app.compliance.evaluation import Evaluator
from app.compliance.judging import RuleBook
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.evaluation.alerting import channel_state
from tests.alerts.receivers import Receiver, served, smtp
from tests.certificates import Authority
from tests.registry.backend import Backend, connector, evse, location, tariff

PAGE = "https://feed.example/compliance"
PRICED = connector(tariff_ids=["T1"])


class World:
    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.registry = Registry.open(f"sqlite:///{folder}/feed.db", clock=self.clock)
        self.backend = Backend(self.registry, self.clock)
        self.evaluator = Evaluator(self.registry.engine, RuleBook([], ["afir"]), self.clock)
        self.backend.tariffs(tariff("T1"))

    def evaluate(self) -> None:
        self.clock.advance(seconds=60)
        assert self.evaluator.step().finished is not None

    def teller(self, **settings: object) -> Teller:
        told = channels(Alerts.model_validate(settings))
        return Teller(self.registry.engine, told, self.clock, "Stadtwerke", PAGE)

    def error(self, channel: str) -> str | None:
        with reading(self.registry.engine) as connection:
            return channel_state(connection, channel).error


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.backend.locations(location("L1", evse("E1")))
    world.evaluate()
    return world


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with served(Receiver()) as server:
        yield server


def test_a_webhook_gets_one_signed_digest_per_evaluation(world: World, receiver: Receiver) -> None:
    teller = world.teller(webhook={"url": receiver.url, "secret": "s3cret"})
    assert teller.tell()
    assert teller.tell()
    ((headers, body),) = receiver.posted
    assert headers["X-Chargefeed-Signature"] == f"sha256={hmac.new(b's3cret', body, hashlib.sha256).hexdigest()}"
    first = json.loads(body)
    assert (first["event"], first["publisher"], first["page"]) == ("findings", "Stadtwerke", PAGE)
    price = next(one for one in first["new"]["findings"] if one["rule"] == "afir-f3")
    assert (price["key"], price["what"]) == ("DE*ABC/L1", "Ad hoc price: 1 of 1 connectors have none")
    assert "AD_HOC_PAYMENT" in price["remedy"]
    assert first["fixed"]["count"] == 0


def test_the_next_tells_just_what_is_new_and_what_is_fixed(world: World, receiver: Receiver) -> None:
    teller = world.teller(webhook={"url": receiver.url})
    teller.tell()
    world.evaluate()
    assert teller.tell()
    assert len(receiver.posted) == 1, "nothing is new, so nothing is told"
    world.backend.locations(location("L1", evse("E1", PRICED), postal_code=None))
    world.evaluate()
    teller.tell()
    second = json.loads(receiver.posted[1][1])
    assert [one["rule"] for one in second["new"]["findings"]] == ["afir-a12"]
    assert [one["rule"] for one in second["fixed"]["findings"]] == ["afir-f3"]
    assert "X-Chargefeed-Signature" not in receiver.posted[1][0]


def test_what_fails_is_told_again_later_and_nothing_is_lost(world: World, receiver: Receiver) -> None:
    receiver.answers = [500, 503]
    teller = world.teller(webhook={"url": receiver.url})
    assert not teller.tell()
    assert "the webhook answered HTTP 500" in (world.error("webhook") or "")
    assert not teller.tell()
    assert len(receiver.posted) == 1, "it waits first"
    world.clock.advance(seconds=5)
    assert not teller.tell()
    world.clock.advance(seconds=9)
    assert not teller.tell()
    world.clock.advance(seconds=1)
    assert teller.tell()
    bodies = [body for _, body in receiver.posted]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1
    assert world.error("webhook") is None


def test_a_mail_says_what_where_and_what_to_do(world: World) -> None:
    with smtp() as box:
        settings = {"host": "127.0.0.1", "port": box.port, "security": "none", "sender": "feed@example.com"}
        assert world.teller(email=settings | {"to": ["a@example.com", "b@example.com"]}).tell()
    (message,) = box.messages
    assert message["Subject"].startswith("Stadtwerke: ")
    assert message["To"] == "a@example.com, b@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    text = message.get_content().replace("\r\n", "\n")
    assert (
        "- Ad hoc price: 1 of 1 connectors have none\n  at DE*ABC/L1, stations[L1] (afir-f3)\n  To do: the price source"
        in text
    )
    assert PAGE in text


def test_a_mail_goes_over_tls_to_a_server_that_is_trusted(world: World, tmp_path: Path) -> None:
    authority = Authority("mail")
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.issue("mail.test").write(tmp_path / "mail.pem"))
    with smtp(context) as box:
        settings = {"host": "127.0.0.1", "port": box.port, "sender": "feed@example.com", "to": ["a@example.com"]}
        assert not world.teller(email=settings).tell(), "by the system's certificates it is a stranger"
        assert "no mail sent" in (world.error("email") or "")
        world.clock.advance(seconds=5)
        assert world.teller(email=settings | {"ca_file": str(tmp_path / "ca.pem")}).tell()
    assert box.encrypted == [True]


def test_one_channel_does_not_wait_for_another(world: World, receiver: Receiver) -> None:
    nobody = {"host": "127.0.0.1", "port": 1, "security": "none", "sender": "a@example.com", "to": ["b@example.com"]}
    assert not world.teller(webhook={"url": receiver.url}, email=nobody).tell()
    assert len(receiver.posted) == 1
    assert "Check `alerts.email`" in (world.error("email") or "")
