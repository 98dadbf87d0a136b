"""The destination `e-control`: a station whose facts or price changed first, then a message for each point whose status did.

1. A station is sent whole, and again where any of it changed. One that was refused waits for its next change; where an earlier
   state of it is there, its statuses are sent all the same.
2. A status is sent where it differs from the last that the broker confirmed.
3. What fails half-way is sent again from the beginning: the same twice does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.clock import Clock, Millis, parse_time
from app.delivery.base import Capabilities, Item, OneByOne, Receipt
from app.delivery.econtrol.broker import Broker
from app.delivery.econtrol.held import Held, digest
from app.delivery.econtrol.register import CORRECT, Register
from app.delivery.econtrol.settings import EControlSettings
from app.delivery.econtrol.wording import Datex, Json, Wording
from app.delivery.settings import DestinationSettings
from app.errors import ObjectRefused, ObjectWithheld
from app.formats.base import Context
from app.model.batch import Kind
from app.model.loss import Loss
from app.model.problem import Problem, Severity
from app.model.status import OUT_OF_SERVICE
from app.publish.block import evaluated_at
from app.registry.projection import PublicObject

_RULE = "E-Control"
_BY_HAND = "Take it out at admin.ladestellen.at, or set `removal: delete` if your description of the interface has it"


class EControl(OneByOne):
    type = "e-control"
    Settings = EControlSettings
    capabilities = Capabilities(kinds=frozenset({Kind.LOCATIONS}))
    settings: EControlSettings

    def __init__(self, settings: DestinationSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self.parallel = self.settings.parallel
        self._wording: Wording = Json() if self.settings.payload == "json" else Datex()
        self._register = Register(self.settings, clock)
        self._broker = Broker(self.settings)

    @property
    def priced(self) -> bool:
        return True

    def target(self) -> str:
        own = self.settings
        return repr(
            (own.station_url, own.queue_url.get_secret_value().rpartition("@")[2], own.exchange, own.routing_key)
        )

    def rules(self) -> str:
        return repr((self.settings.payload, self.settings.removal))

    def check(self) -> str:
        self._broker.greet()
        return f"{self._register.greet()}; the broker takes the login"

    def send(self, item: Item) -> Receipt:
        held, found = Held.loads(item.memory), item.object
        if found is None:
            return Receipt(item, problems=self._removed(item, held))
        if item.whole:
            held = Held(held.address)
        context = Context(evaluated_at(found), found.tariffs, found.boundary_at)
        station = self._wording.station(found.body, context)
        if station.body is None:
            problems = (*_notes(item, station.losses), *self._removed(item, held))
            return Receipt(item, problems=problems, error=ObjectWithheld(station.losses[0].reason, where=item.key))
        before = held.station, held.statuses
        self._bring_station(found, station.body, held, item.at)
        losses = dict.fromkeys(station.losses)
        if held.address:
            losses |= dict.fromkeys(self._bring_statuses(found, context, held, item.at))
        return _receipt(item, held, losses, untouched=(held.station, held.statuses) == before)

    def _bring_station(self, found: PublicObject, said: bytes, held: Held, at: Millis) -> None:
        """Raises DeliveryError, but for a refusal, which is noted."""
        now = digest(said)
        if now in (held.station, *held.refused[:1]):
            held.refused = held.refused if now != held.station else []
            return
        address = self._register.address(found.country_code, found.party_id, found.id)
        document = self._wording.station_document(said, found.body, at)
        try:
            self._register.send(address, document, self._wording.media_type)
        except ObjectRefused as error:
            held.refused = [now, error.what]
        else:
            held.address, held.station, held.refused = address, now, []

    def _bring_statuses(self, found: PublicObject, context: Context, held: Held, at: Millis) -> Iterator[Loss]:
        """Raises DeliveryError."""
        served = {evse["uid"]: evse for evse in found.body["evses"] if evse.get("status") not in OUT_OF_SERVICE}
        held.statuses = {uid: told for uid, told in held.statuses.items() if uid in served}
        for uid, evse in served.items():
            status = self._wording.status(found.body, evse, context)
            yield from status.losses
            if status.body is not None and (now := digest(status.body)) != held.statuses.get(uid):
                document = self._wording.status_document(status.body, found.body, at)
                self._broker.publish(document, self._wording.media_type, _since(evse))
                held.statuses[uid] = now

    def _removed(self, item: Item, held: Held) -> tuple[Problem, ...]:
        """Raises DeliveryError."""
        if not held.address:
            return ()
        if self.settings.removal == "delete":
            self._register.delete(held.address)
            return ()
        what = f"gone, and still in the register: {held.address}"
        return (Problem(what, Severity.PARTLY, record=item.key, rule=_RULE, remedy=_BY_HAND),)


def _receipt(item: Item, held: Held, losses: Iterable[Loss], *, untouched: bool) -> Receipt:
    """Refused is what nothing was taken of; where a status of it was, the rest is told as a problem."""
    problems, error = _notes(item, losses), None
    if held.refused:
        what = f"station refused: {held.refused[1]}"
        problems = (*problems, Problem(what, Severity.PARTLY, record=item.key, rule=_RULE, remedy=CORRECT))
        error = ObjectRefused(what, where=item.key, remedy=CORRECT) if untouched else None
    return Receipt(item, held.dumps(), problems, error)


def _notes(item: Item, losses: Iterable[Loss]) -> tuple[Problem, ...]:
    return tuple(
        Problem(loss.reason, Severity.NOTE, record=item.key, path=loss.path, rule=_RULE, value=loss.value)
        for loss in losses
    )


def _since(evse: Mapping[str, Any]) -> Millis:
    """When the status became so; where nobody knows, when the point last changed."""
    return parse_time(evse.get("status_times", {}).get("occurred_at") or evse["last_updated"])
