"""From a broker's queue through the inbox into the registry: each message once, though it be delivered twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson

from app.clock import SystemClock
from app.errors import RegistryError
from app.model.batch import Kind
from app.model.letter import Letter
from app.receiving import Received
from app.registry.apply import Registry
from app.registry.inbox import Inbox
from app.registry.policy import SourcePolicy
from tests.processes import wait_for
from tests.rabbitmq import RabbitServer
from tests.registry.backend import MINUTE, evse, location, locations_batch
from tests.registry.reading import head, status
from tests.sources.tap.listening import Listening, listening, tap_of

EVENTS = [
    ("E1", "Charging", "2026-11-24T06:00:00Z"),
    ("E1", "Available", "2026-11-24T06:30:00Z"),
    ("E2", "Faulted", None),
]


class AnswerLost(Listening):
    """Writes into the inbox, and does not learn of it: nothing may be acknowledged."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__()
        self._inbox = inbox

    def put(self, letters: Sequence[Letter]) -> None:
        self._inbox.put(letters)
        self.letters += letters
        raise RegistryError("the connection was lost")


def test_a_message_is_applied_once(rabbit_server: RabbitServer, tmp_path: Path) -> None:
    clock, policies = SystemClock(), {name: SourcePolicy(ttl=15 * MINUTE) for name in ("table", "applied")}
    registry = Registry.open(f"sqlite:///{tmp_path / 'feed.db'}", policies=policies)
    places = location("L1", evse("E1", status=None), evse("E2", status=None))
    registry.apply(locations_batch("table", clock.now(), [places]))
    queue, inbox = rabbit_server.queue(), Inbox(registry.engine, "applied")
    fields = {"evse": "id", "status": "state", "occurred_at": "since"}
    tap = tap_of(
        "amqp",
        name="applied",
        url=rabbit_server.url(),
        ca_file=rabbit_server.ca_file,
        queue=queue,
        describes={"fields": fields},
    )
    bodies = [orjson.dumps({"id": f"DE*ABC*{uid}", "state": word, "since": at}) for uid, word, at in EVENTS]
    rabbit_server.say("", queue, *bodies)

    def apply() -> None:
        for batch in Received(tap, registry.engine).fetch(Kind.STATUSES, None, full=True):
            registry.apply(batch)

    lost = AnswerLost(inbox)
    with listening(tap, lost):
        wait_for(lambda: {evse.lstrip("=") for evse, _ in lost.told} == {"DE*ABC*E1", "DE*ABC*E2"})
    apply()
    before = head(registry)
    assert [status(registry, "L1", uid) for uid in ("E1", "E2")] == ["AVAILABLE", "OUTOFORDER"]
    wait_for(lambda: rabbit_server.waiting(queue) == 3)

    again = Listening()
    with listening(tap, again):
        wait_for(lambda: len(again.told) == 3)
    assert rabbit_server.waiting(queue) == 0
    inbox.put(again.letters)
    apply()
    assert head(registry) == before
    assert [status(registry, "L1", uid) for uid in ("E1", "E2")] == ["AVAILABLE", "OUTOFORDER"]
