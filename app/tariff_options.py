"""What the tariff commands ask alike: which tariff, where, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from app.clock import Millis, to_millis
from app.errors import ChargefeedError, ConfigError

if TYPE_CHECKING:
    from app.model.tariff import Tariff

_NAMED_AT_MOST = 5


def chosen(tariffs: Sequence[Tariff], tariff_id: str | None, file: Path) -> list[Tariff]:
    """Those of an id, all for None. Raises ChargefeedError where there is none."""
    found = [one for one in tariffs if tariff_id is None or one.id.lower() == tariff_id.lower()]
    if not found:
        known = ", ".join(sorted(one.id for one in tariffs)[:_NAMED_AT_MOST])
        raise ChargefeedError(f"no tariff {tariff_id!r}", where=str(file), remedy=f"It has {known}")
    return found


def zone_of(tariffs: Sequence[Tariff], named: str | None) -> str:
    """UTC where the price does not depend on the clock. Raises ChargefeedError where it does and no zone is named."""
    from app.tariffs.windows import Window

    if named:
        return named
    if any(Window.of(element.restrictions).minutes for one in tariffs for element in one.elements):
        raise ChargefeedError("the price depends on the time of day", remedy="Give --time-zone, as Europe/Berlin")
    return "UTC"


def check_zone(name: str) -> None:
    """Raises ConfigError for what is no time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        remedy = "Name it as in Europe/Berlin"
        raise ConfigError(f"{name!r} is no time zone", where="--time-zone", remedy=remedy) from None


def moment(text: str, zone: str, option: str) -> Millis:
    """Without an offset it is the wall clock at the location. Raises ChargefeedError."""
    try:
        at = datetime.fromisoformat(text)
        return to_millis(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone)))
    except (ValueError, KeyError, OSError):
        remedy = "Write it as 2026-01-31T18:00, or with Z in UTC"
        raise ChargefeedError(f"{text!r} is no time in {zone}", where=option, remedy=remedy) from None
