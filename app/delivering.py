"""The deliveries of a worker: a courier for each destination of the settings, and what they count."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

import structlog

from app.clock import Clock, Millis
from app.delivery.base import Destination, DocumentDestination, make_destination
from app.delivery.engine import Courier
from app.delivery.network import Network
from app.delivery.queue import Outcome
from app.delivery.settings import DestinationSettings
from app.errors import ConfigError
from app.metrics import DELIVERIES, DELIVERY_DELAY_SECONDS
from app.partnering import open_partners
from app.publish.feed import Feed
from app.publish.left_out import left_out_of
from app.registry.apply import Registry
from app.roaming.push import PartnerCourier
from app.settings import Settings

log = structlog.get_logger()


def couriers(
    settings: Settings, registry: Registry, feed: Feed, stopped: threading.Event
) -> dict[str, Courier | PartnerCourier]:
    """By the name of the destination or partner; one that cannot be made is logged, and left out."""
    network = Network(registry.engine, registry.feed(), feed, registry.clock, settings.publisher(), count)
    made: dict[str, Courier | PartnerCourier] = {}
    for destination in settings.destinations:
        try:
            made[destination.name] = Courier(open_destination(destination, settings, registry.clock), network, stopped)
        except Exception as error:  # it may be anyone's code
            log.error("destination cannot be made", destination=destination.name, error=str(error), exc_info=True)
    pushed = [partner for partner in settings.partners if partner.push]
    if pushed:
        partners = open_partners(settings, registry.engine, registry.clock)
        made |= {partner.name: PartnerCourier(partner, partners, network, stopped) for partner in pushed}
    return made


def open_destination(destination: DestinationSettings, settings: Settings, clock: Clock) -> Destination:
    """Raises ConfigError where it is sent a document that is left out."""
    made = make_destination(destination, clock)
    needed = made.documents if isinstance(made, DocumentDestination) else ()
    if gone := left_out_of(needed, settings.snapshots.leave_out):
        raise ConfigError(
            f"{' and '.join(gone)} is left out, and sent there",
            where=f"destination {destination.name}",
            remedy="Take it out of `snapshots.leave_out`, or the destination out of `destinations`",
        )
    return made


def count(destination: str, outcomes: Sequence[Outcome], now: Millis) -> None:
    """Each object by what became of it, and how long the changes that arrived took."""
    if outcomes:
        log.info("delivery", destination=destination, **Counter(outcome.word for outcome in outcomes))
    for (kind, word), times in Counter((outcome.receipt.item.kind.value, outcome.word) for outcome in outcomes).items():
        DELIVERIES.labels(destination, kind, word).inc(times)
    arrived = [row for outcome in outcomes if outcome.word == "delivered" for row in outcome.rows]
    _observe(destination, "published", [now - row.published_at for row in arrived if row.published_at is not None])
    _observe(destination, "occurred", [now - row.occurred_at for row in arrived if row.occurred_at is not None])


def _observe(destination: str, stage: str, delays: Sequence[Millis]) -> None:
    if delays:
        histogram = DELIVERY_DELAY_SECONDS.labels(destination, stage)
        for delay in delays:
            histogram.observe(max(0, delay) / 1000)
