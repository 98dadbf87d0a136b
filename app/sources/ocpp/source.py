"""OCPP as a source: listens, and reads what was heard."""

from __future__ import annotations

import asyncio
from itertools import count

import orjson

from app.errors import ConfigError
from app.model.batch import Batch, Kind, Raw
from app.model.identifiers import object_key
from app.model.letter import Letter, Sink
from app.sources.base import Capabilities, PushSource
from app.sources.ocpp.endpoint import Endpoint
from app.sources.ocpp.hub import Hub
from app.sources.ocpp.post import Post
from app.sources.ocpp.settings import OcppSettings
from app.sources.ocpp.tariffs import parse_tariff
from app.sources.pushed import opened_statuses

FLUSH_EVERY = 0.1
LOOK_TURNS, SAVE_TURNS = 10, 15
"""Seconds in which each charge point is looked at once, and after which what is known is written down."""
TARIFFS_EVERY = 2.0
WHOLE_EVERY = 300.0
TRY_AGAIN = 1.0


class OcppSource(PushSource):
    type = "ocpp"
    Settings = OcppSettings
    capabilities = Capabilities(frozenset({Kind.STATUSES, Kind.TARIFFS}))
    settings: OcppSettings

    def opened(self, letter: Letter) -> Batch:
        if letter.kind is Kind.STATUSES:
            return opened_statuses(self.name, letter)
        raws = [
            Raw(object_key(tariff["country_code"], tariff["party_id"], str(tariff.get("tariffId"))), tariff)
            for tariff in orjson.loads(letter.payload)
        ]
        return Batch(self.name, Kind.TARIFFS, letter.received_at, parse_tariff, raws, complete=True)

    def check(self) -> str:
        Endpoint(self.settings, self.clock, self._hub(lambda letters: None))
        settings = self.settings
        scheme = "wss" if settings.certificate else "ws"
        listed = sum(len(point.evses) for point in settings.charge_points.values())
        mode = f"relays to {settings.upstream}" if settings.upstream else "answers by itself"
        place = f"{scheme}://{settings.host}:{settings.port}{settings.path}/…"
        return f"{place}, {mode}, {len(settings.charge_points)} charge points, {listed} EVSEs"

    async def listen(self, sink: Sink) -> None:
        post = Post(self.name, self.clock, sink, self.sessions)
        hub = Hub(self.settings, self.clock, post)
        try:
            hub.restore()
        except OSError as error:
            where = f"source {self.name}, `frames`"
            raise ConfigError(f"cannot be read: {error}", where=where, remedy="Check the folder's rights") from error
        endpoint = Endpoint(self.settings, self.clock, hub)
        server = await endpoint.open()
        try:
            prices = [self._hand_in_tariffs(hub, post)] if Kind.TARIFFS in self.kinds else []
            await asyncio.gather(_hand_in(hub, post, min(self.settings.ttl / 3, WHOLE_EVERY)), _keep(hub), *prices)
        finally:
            server.close()
            await server.wait_closed()
            await post.flush()
            hub.close()

    async def _hand_in_tariffs(self, hub: Hub, post: Post) -> None:
        """Those that charge points have now: when they change, and from time to time."""
        owner = {"country_code": self.settings.country_code, "party_id": self.settings.party_id}
        loop = asyncio.get_running_loop()
        known, again_at = b"[]", 0.0
        while True:
            now = orjson.dumps([tariff | owner for _, tariff in sorted(hub.tariffs().items())])
            due = now != known or (now != b"[]" and loop.time() >= again_at)
            if due and await post.tariffs(Letter(Kind.TARIFFS, self.clock.now(), now)):
                known, again_at = now, loop.time() + WHOLE_EVERY
            await asyncio.sleep(TARIFFS_EVERY)

    def _hub(self, sink: Sink) -> Hub:
        return Hub(self.settings, self.clock, Post(self.name, self.clock, sink, None))


async def _hand_in(hub: Hub, post: Post, whole_every: float) -> None:
    """What changes as it comes, and from time to time all that holds."""
    loop = asyncio.get_running_loop()
    whole_at = loop.time()
    while True:
        if loop.time() >= whole_at:
            safe = await post.whole(hub.whole, hub.problems())
            whole_at = loop.time() + whole_every if safe else whole_at
        else:
            safe = await post.flush()
        await asyncio.sleep(FLUSH_EVERY if safe else TRY_AGAIN)


async def _keep(hub: Hub) -> None:
    """What changes by time alone is told, and what is known is written down."""
    for turn in count(1):
        await asyncio.sleep(1.0)
        hub.look(turn, LOOK_TURNS)
        if turn % SAVE_TURNS == 0:
            hub.save()
