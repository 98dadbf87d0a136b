"""The push to a partner: as to any OCPI receiver (`ocpi_push`), to the endpoints that it registered with.

1. Nothing is sent to a partner that is not registered, or blocked. Each request is preceded by a look whether it still is; one
   holds LOOK_S, since it costs more than the request.
2. A new registration, or another version, has everything sent in full.
"""

from __future__ import annotations

import threading
import time
from functools import partial

import structlog
from pydantic import SecretStr

from app.clock import Clock
from app.delivery.engine import Courier
from app.delivery.network import Network
from app.delivery.ocpi_push import OcpiPush
from app.delivery.ocpi_push.settings import OcpiPushSettings
from app.delivery.states import write_state
from app.errors import DeliveryError
from app.http.curl import CurlExchange
from app.registry.database import writing
from app.registry.leases import Lease
from app.roaming.counterpart import GONE, Counterpart, PartnerClient
from app.roaming.hub_clients import HUB_CLIENTS, HubClients, ask_for_clients
from app.roaming.partners import Counterparty, Partners, Registration
from app.roaming.settings import PartnerSettings
from app.roaming.shown import view_of

_SHARED = (
    *(
        "name",
        "parties",
        "countries",
        "retry_wait",
        "longest_wait",
        "timeout",
        "parallel",
        "pause",
        "headers",
        "ca_file",
    ),
    *("max_body", "compare_every", "asks", "open_routing", "whole_after"),
)

LOOK_S = 0.05

log = structlog.get_logger()


class PartnerPush(OcpiPush):
    """One registration's."""

    def __init__(
        self, partner: PartnerSettings, registration: Registration, clock: Clock, client: PartnerClient
    ) -> None:
        assert registration.counterparty is not None
        super().__init__(_settings(partner, registration.counterparty), clock, client)
        self.view = view_of(partner, registration.counterparty.version)
        self._registered_at = registration.registered_at

    def target(self) -> str:
        return repr((super().target(), self._registered_at))

    def rules(self) -> str:
        return repr((super().rules(), self.view))


def _settings(partner: PartnerSettings, found: Counterparty) -> OcpiPushSettings:
    shared = {name: getattr(partner, name) for name in _SHARED}
    urls = {f"{module}_url": found.endpoints.get(module) for module in partner.pushed}
    return OcpiPushSettings(
        **shared,
        **urls,
        version=found.version,
        in_order=partner.mode == "fifo",
        token=SecretStr(found.token),
        token_encoding=found.encoding,
        to_party=addressed(partner, found),
    )


def addressed(partner: PartnerSettings, found: Counterparty) -> str | None:
    """A hub is addressed itself: it hands on to everybody (broadcast push)."""
    return partner.to_party or found.hub or next(iter(found.roles), None)


class PartnerCourier:
    """Brings one partner what it is to have, while it is registered. One call at a time."""

    def __init__(
        self, partner: PartnerSettings, partners: Partners, network: Network, stopped: threading.Event
    ) -> None:
        self._partner = partner
        self._partners = partners
        self._network = network
        self._stopped = stopped
        self._clients = HubClients(network.engine, partner.name)
        self._known: tuple[Counterparty, int | None] | None = None
        self._courier: Courier | None = None
        self._clear_at = float("-inf")

    def __call__(self, lease: Lease) -> None:
        """Raises as `Courier` does."""
        registration = self._partners.read(self._partner.name)
        found = registration.counterparty if registration is not None and not registration.blocked else None
        if registration is None or found is None or not self._partner.pushed & found.endpoints.keys():
            self._courier = self._known = None
            return
        known = found, registration.rotated_at
        if known != self._known or self._courier is None:
            self._known, self._courier = known, self._begun(registration, found)
        self._courier(lease)

    def hand_on(self) -> None:
        if self._courier is not None:
            self._courier.hand_on()

    def _begun(self, registration: Registration, found: Counterparty) -> Courier:
        """What failed by the tokens of before is tried at once."""
        log.info("partner registered", partner=self._partner.name, version=found.version)
        self._clear_at = float("-inf")
        with writing(self._network.engine) as connection:
            write_state(connection, self._partner.name, next_attempt=0)
        clock, as_known = self._network.clock, registration.rotated_at
        obstacle = partial(self._obstacle, as_known, addressed(self._partner, found))
        client = PartnerClient(self._partner, clock, obstacle, CurlExchange)
        self._ask_hub(found)
        return Courier(PartnerPush(self._partner, registration, clock, client), self._network, self._stopped)

    def _obstacle(self, rotated_at: int | None, to_party: str | None) -> str | None:
        """Why nothing may be sent: the registration does not stand as it was begun with, or a hub says that nobody is there."""
        looked = time.monotonic()
        if looked - self._clear_at < LOOK_S:
            return None
        found = self._partners.read(self._partner.name)
        if found is None or found.word != "registered" or found.rotated_at != rotated_at:
            return GONE
        obstacle = self._clients.obstacle(to_party) if self._partner.hub_client_info else None
        self._clear_at = looked if obstacle is None else float("-inf")
        return obstacle

    def _ask_hub(self, found: Counterparty) -> None:
        """For its clients, before anything is sent; what changes of them it tells by itself."""
        if not self._partner.hub_client_info or HUB_CLIENTS not in found.endpoints:
            return
        counterpart = Counterpart(PartnerClient(self._partner, self._network.clock), found.token, found.encoding)
        try:
            self._clients.put(ask_for_clients(counterpart, found.endpoints[HUB_CLIENTS]))
        except DeliveryError as error:
            log.warning("the hub does not say who can be reached", partner=self._partner.name, error=str(error))
