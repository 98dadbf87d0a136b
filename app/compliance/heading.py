"""What stands above every form of a report: which regime, whose data, when, and how it has been going."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.clock import Millis, format_time
from app.compliance.catalogue import Regime
from app.compliance.trend import EMPTY, Trend


@dataclass(frozen=True, slots=True)
class Heading:
    name: str
    """Key of the regime: `afir`."""
    regime: Regime
    publisher: str
    at: Millis
    part: str = ""
    """Which part of the network it is about, in words; empty: all of it."""
    trend: Trend = EMPTY

    def record(self) -> dict[str, Any]:
        told = {"title": self.regime.title, "of": self.regime.of, "link": self.regime.link, "where": self.regime.where}
        part = {"part": self.part} if self.part else {}
        return {"report": self.name, "at": format_time(self.at), "publisher": self.publisher, "regime": told, **part}
