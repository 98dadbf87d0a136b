"""The destination `ocpi-push`."""

from __future__ import annotations

from dataclasses import replace

from app.clock import Clock
from app.delivery.base import Capabilities, Item, OneByOne, Receipt
from app.delivery.client import Client
from app.delivery.demands import load_demands
from app.delivery.ocpi_push.compare import difference
from app.delivery.ocpi_push.messages import Held, Message, location_messages, put, withdrawal
from app.delivery.ocpi_push.receiver import Receiver, Unknown
from app.delivery.ocpi_push.said import Said, said_of
from app.delivery.ocpi_push.settings import OcpiPushSettings
from app.delivery.settings import DestinationSettings
from app.errors import ObjectRefused, ObjectWithheld
from app.formats.base import format_named
from app.formats.ocpi.versions import V211
from app.http.curl import CurlExchange
from app.model.batch import Kind
from app.model.problem import Problem


class OcpiPush(OneByOne):
    type = "ocpi-push"
    Settings = OcpiPushSettings
    capabilities = Capabilities()
    settings: OcpiPushSettings

    def __init__(self, settings: DestinationSettings, clock: Clock, client: Client | None = None) -> None:
        super().__init__(settings, clock)
        own = self.settings
        self.parallel, self.in_order = 1 if own.in_order else own.parallel, own.in_order
        self.compares_every = own.compare_every
        self._format = format_named(f"ocpi-{own.version}")
        self._demands = load_demands(own.asks) if own.asks else None
        self._receiver = Receiver(own, client or Client(own, clock, exchange=CurlExchange))

    @property
    def kinds(self) -> frozenset[Kind]:
        urls = {Kind.LOCATIONS: self.settings.locations_url, Kind.TARIFFS: self.settings.tariffs_url}
        return frozenset(kind for kind, url in urls.items() if url)

    @property
    def priced(self) -> bool:
        """2.1.1 has one tariff a connector, the one that is valid now."""
        return self.settings.version == V211

    def target(self) -> str:
        return repr((self.settings.version, self.settings.locations_url, self.settings.tariffs_url))

    def rules(self) -> str:
        return repr(self._demands)

    def check(self) -> str:
        country_code, _, party_id = min(self.settings.parties, default="XX*XXX").partition("*")
        return self._receiver.probe((country_code, party_id))

    def inspect(self, item: Item) -> tuple[Problem, ...]:
        if self._demands is None or item.object is None:
            return ()
        return self._demands.missing(item.kind, item.object.body, item.key)

    def send(self, item: Item) -> Receipt:
        if item.object is None:
            self._withdraw(item)
            return Receipt(item)
        said = said_of(self._format, item.kind, item.object)
        if isinstance(said, Problem):
            problem = replace(said, record=item.key)
            self._withdraw(item)
            return Receipt(item, problems=(problem,), error=ObjectWithheld(problem.what, where=item.key))
        self._bring(item, said)
        return Receipt(item, said.memory)

    def compare(self, item: Item) -> str | None:
        if item.object is None:
            return None
        said = said_of(self._format, item.kind, item.object)
        if isinstance(said, Problem):
            return None
        try:
            theirs = self._receiver.get(item.kind, said.owner, said.body["id"])
        except Unknown:
            return "the whole object"
        return difference(said.body, theirs)

    def _bring(self, item: Item, said: Said) -> None:
        """Raises DeliveryError."""
        whole = put(said.body)
        for message in self._messages(item, said):
            try:
                self._receiver.send(item.kind, said.owner, message)
            except ObjectRefused:
                # It may not have what the message builds upon (OCPI, PATCH: ask for it, and PUT where it is not there).
                if message == whole:
                    raise
                self._receiver.send(item.kind, said.owner, whole)
                return

    def _messages(self, item: Item, said: Said) -> list[Message]:
        if item.memory is None or item.whole:
            return [put(said.body)]
        held = said.held if item.memory == said.memory else Held.loads(item.memory)
        if item.kind is Kind.LOCATIONS:
            return location_messages(said.body, said.held, held, item.evses, self.settings.whole_after)
        return [] if said.held == held else [put(said.body)]

    def _withdraw(self, item: Item) -> None:
        """Raises DeliveryError. What it does not know is withdrawn already."""
        if item.memory is None:
            return
        held = Held.loads(item.memory)
        tariff = [Message("DELETE", (held.id,))]
        messages = tariff if item.kind is Kind.TARIFFS else withdrawal(held, self.settings.version, item.at)
        for message in messages:
            try:
                self._receiver.send(item.kind, held.owner, message)
            except Unknown:
                continue
