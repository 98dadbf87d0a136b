"""What all deliveries of a process share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from app.clock import Clock, Millis
from app.delivery.queue import Outcome
from app.delivery.recent import RecentObjects
from app.formats.base import NOBODY, Publisher
from app.publish.feed import Feed
from app.registry.projection import PublicFeed

Told = Callable[[str, Sequence[Outcome], Millis], None]
"""Learns what became of what was due at a destination, after it was written down."""


@dataclass(frozen=True, slots=True)
class Network:
    engine: Engine
    public: PublicFeed
    feed: Feed
    """For whole documents, out of the blocks that are rendered already."""
    clock: Clock
    publisher: Publisher = NOBODY
    told: Told = lambda destination, outcomes, now: None
    recent: RecentObjects = field(default_factory=RecentObjects)
