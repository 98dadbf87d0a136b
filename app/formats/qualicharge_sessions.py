"""What QualiCharge takes of charging sessions (API 0.33): those of France's DC points, none of which breaks a rule of its own.

Numbers are QualiCharge's. Energy that DC points deliver is declared so (order of 30 October 2025, NOR ECOR2511117A).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis
from app.formats.base import Context
from app.formats.qualicharge import statiques
from app.model.identifiers import compare_key
from app.model.session import SessionRecord

DAY: Millis = 86_400_000
HOUR = Decimal(3_600_000)
LATEST: Millis = 15 * DAY
"""A session may be told so long after it ended (42)."""
SETTLED: Millis = DAY
"""A CDR, the last word on a session, may come so long after its end."""
_LONGEST, _MOST_KWH, _MOST_A_DAY, _SLACK = 7 * DAY, 1000, 59, Decimal("1.1")


@dataclass(frozen=True, slots=True)
class DirectPoint:
    """A DC point that QualiCharge knows, or will."""

    id: str
    """`id_pdc_itinerance`."""
    power_kw: Decimal
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Told:
    record: SessionRecord
    object: dict[str, Any] | None
    """None: it breaks a rule."""
    why: str = ""


class DirectPoints:
    """By uid and by `evse_id`."""

    def __init__(self) -> None:
        self._by_id: dict[str, DirectPoint] = {}
        self._by_uid: dict[str, list[DirectPoint]] = {}

    def add(self, body: Mapping[str, Any], at: Millis) -> None:
        """Those of a public location, as far as QualiCharge takes them."""
        zone = ZoneInfo(body["time_zone"])
        uids = {compare_key(evse["evse_id"]): evse["uid"] for evse in body["evses"] if evse.get("evse_id")}
        for one in statiques(body, Context(at, {})).objects:
            if one.get("prise_type_combo_ccs") or one.get("prise_type_chademo"):
                point = DirectPoint(one["id_pdc_itinerance"], Decimal(str(one["puissance_nominale"])), zone)
                key = compare_key(point.id)
                self._by_id[key] = point
                self._by_uid.setdefault(uids.get(key, "").lower(), []).append(point)

    def find(self, evse: str) -> DirectPoint | None:
        named = self._by_uid.get(evse.lower(), [])
        return named[0] if len(named) == 1 else self._by_id.get(compare_key(evse))


def told(records: Iterable[SessionRecord], points: DirectPoints, now: Millis) -> Iterator[Told]:
    """Of the sessions at these points, in the order in which they began."""
    busy: dict[str, Millis] = {}
    number: Counter[tuple[str, date]] = Counter()
    for record in records:
        point = points.find(record.evse)
        if point is None or now - (record.ended_at or record.started_at) < SETTLED:
            continue
        day = from_millis(record.started_at).astimezone(point.zone).date()
        why = _broken(record, point, busy.get(point.id), number[point.id, day], now)
        if why or record.ended_at is None or record.energy_kwh is None:
            yield Told(record, None, why)
            continue
        busy[point.id] = record.ended_at
        number[point.id, day] += 1
        said = {"id_pdc_itinerance": point.id, "energy": float(record.energy_kwh)}
        for name, moment in (("start", record.started_at), ("end", record.ended_at)):
            said[name] = from_millis(moment).astimezone(point.zone).isoformat()
        yield Told(record, said)


def _broken(record: SessionRecord, point: DirectPoint, busy_until: Millis | None, that_day: int, now: Millis) -> str:
    """The first rule that it breaks; empty: none."""
    ended, energy = record.ended_at, record.energy_kwh
    if ended is None or energy is None:
        return f"its {'end' if ended is None else 'energy'} is not known"
    lasted = ended - record.started_at
    rules = {
        "it ends when, or before, it begins (14)": lasted <= 0,
        "it is longer than 7 days (15)": lasted > _LONGEST,
        "more than 1,000 kWh, or less than none (11)": not 0 <= energy <= _MOST_KWH,
        "more energy than the point can give in its time (38)": energy > point.power_kw * lasted / HOUR * _SLACK,
        "it ended more than 15 days ago (42)": now - ended > LATEST,
        "it overlaps another of the point (10)": busy_until is not None and record.started_at < busy_until,
        "the point had 59 on that day already (13)": that_day >= _MOST_A_DAY,
    }
    return next((rule for rule, broken in rules.items() if broken), "")
