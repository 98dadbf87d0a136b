"""Tariffs and sessions of the tests."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import to_millis
from app.model.enums import ReservationRestrictionType
from app.model.tariff import Tariff
from app.tariffs.cost import Phase, SessionFacts

FOLDER = Path(__file__).parent.parent / "data" / "tariffs"
ZONE = "Europe/Berlin"
_MINUTE = 60_000


def read(path: Path) -> Any:
    return json.loads(path.read_text(), parse_float=Decimal)


def tariff(name: str, **changes: Any) -> Tariff:
    return Tariff.model_validate({**read(FOLDER / f"{name}.json"), **changes})


def priced(*elements: dict[str, Any], **changes: Any) -> Tariff:
    """A tariff of these elements."""
    return tariff("watt-hours", elements=list(elements), **changes)


def element(kind: str, price: str, step_size: int = 1, vat: str | None = None, **restrictions: Any) -> dict[str, Any]:
    component = {"type": kind, "price": Decimal(price), "step_size": step_size, "vat": vat and Decimal(vat)}
    return {"price_components": [component], "restrictions": restrictions or None}


def at(local: str, zone: str = ZONE) -> int:
    """`2026-03-29T01:30` of the wall clock; with an offset, that instant."""
    moment = datetime.fromisoformat(local)
    return to_millis(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


def session(start: str, *phases: dict[str, Any], zone: str = ZONE) -> SessionFacts:
    """Phases one after the other, `start` being the beginning of the first; `minutes` says how long each takes."""
    now = at(start, zone)
    made = []
    for phase in phases:
        until = now + round(Decimal(str(phase["minutes"])) * _MINUTE)
        kind = phase.get("reservation")
        made.append(
            Phase(
                now,
                until,
                Decimal(str(phase.get("kwh", 0))),
                phase.get("charging", True),
                power_kw=_decimal(phase.get("power_kw")),
                current_a=_decimal(phase.get("current_a")),
                reservation=ReservationRestrictionType(kind) if kind else None,
                tariff_id=phase.get("tariff_id"),
            )
        )
        now = until
    began = next((phase.since for phase in made if phase.reservation is None), now)
    return SessionFacts(began, now, tuple(made))


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
