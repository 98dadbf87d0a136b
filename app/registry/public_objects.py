"""What the projection hands out: objects as the public sees them, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.clock import Millis
from app.registry.views import Head


@dataclass(frozen=True, slots=True)
class PublicObject:
    ordinal: int
    country_code: str
    party_id: str
    id: str
    country: str
    """Alpha-3 of the site; empty for tariffs."""
    version: int
    """Highest journal sequence of all that a rendering of it may read."""
    last_updated: Millis
    boundary_at: Millis
    """When it last changed by time alone (a tariff began or ended); 0 if never."""
    static_at: Millis
    """When anything but a status last changed, prices included; 0 for tariffs."""
    body: dict[str, Any]
    """Canonical JSON object after projection."""
    tariffs: Mapping[str, dict[str, Any]]
    """The public tariffs its connectors name, by id as written there (locations and sites)."""
    made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What its renderings have in common, kept while it is rendered in one format after the other."""


@dataclass(frozen=True, slots=True)
class Member:
    """That an object is public, and to which views it belongs."""

    ordinal: int
    country_code: str
    party_id: str
    country: str
    """Alpha-3 of the site; empty for tariffs."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What public EVSEs have in common."""

    number: int
    time_zone: str
    cards: bool
    """Somebody says that they take cards."""
    connectors: tuple[dict[str, Any], ...]
    """What each gives, and the public tariffs that it names."""
    tariffs: Mapping[str, dict[str, Any]]
    """By id as written there."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    changes: list[dict[str, Any]]
    next: int
    """`since` of the next page."""
    head: Head
