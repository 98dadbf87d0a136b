"""How far a source is trusted: its roles, its rank, and how much it may take away before a person is asked."""

from __future__ import annotations

from dataclasses import dataclass

from app.clock import Millis
from app.model.batch import Role

_MINUTE = 60_000
_HOUR = 60 * _MINUTE


@dataclass(frozen=True, slots=True)
class SourcePolicy:
    roles: frozenset[Role] = frozenset(Role)
    priority: int = 0
    """Where two sources say something of one EVSE at the same moment, the higher one wins."""
    ttl: Millis = 15 * _MINUTE
    """Without news from the source for so long, its statuses become UNKNOWN."""
    removal_pulls: int = 3
    """An EVSE becomes REMOVED (final for its uid) only after so many complete pulls without it …"""
    removal_after: Millis = 24 * _HOUR
    """… and so long."""
    hold_share: float = 0.1
    """A larger share of the source's EVSEs that vanishes is held for a person, as is any whole location."""
    ended_tariffs_stay: Millis = 24 * _HOUR
    """A tariff that the source no longer has stays listed with its `end_date_time` for so long."""
