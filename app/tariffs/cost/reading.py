"""Session facts from a Session or CDR of OCPI, and from three figures.

A charging period lasts until the next one. PARKING_TIME makes it parking, RESERVATION_TIME a reservation; one without times is
charging, since a point that pauses by itself must not cost the driver an idle fee (OCPI CDRs, PARKING_TIME).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from app.clock import Millis, to_millis
from app.errors import PricingError
from app.model.enums import ReservationRestrictionType
from app.model.session import CDR, CdrDimensionType, Charged, ChargingPeriod, Session
from app.tariffs.cost.facts import Phase, SessionFacts

_D = CdrDimensionType
_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_TOLERANCE = _MINUTE
"""Between a volume of time and the clock: hours with four decimals, and what a backend rounds."""


def plain(
    start: Millis,
    kwh: Decimal,
    minutes: Decimal,
    *,
    parked_minutes: Decimal = Decimal(0),
    power_kw: Decimal | None = None,
    current_a: Decimal | None = None,
) -> SessionFacts:
    """`kwh` charged evenly in `minutes`, then `parked_minutes` connected without asking for power."""
    if min(kwh, minutes, parked_minutes) < 0:
        raise PricingError("energy and time cannot be negative")
    full = start + _minutes(minutes)
    end = full + _minutes(parked_minutes)
    phases = [Phase(start, full, kwh, True, power_kw, current_a)]
    if end > full:
        phases.append(Phase(full, end, Decimal(0), False))
    return SessionFacts(start, end, tuple(phases))


def from_session(session: Session) -> SessionFacts:
    """Raises PricingError for a session that has not ended."""
    return from_charged(session, session.kwh)


def from_cdr(cdr: CDR) -> SessionFacts:
    return from_charged(cdr, cdr.total_energy)


def from_charged(record: Charged, kwh: Decimal | None) -> SessionFacts:
    """`kwh`: see `from_periods`. Raises PricingError for a session that has not ended or whose times contradict each other."""
    if record.end_date_time is None:
        raise PricingError("the session has not ended", remedy="Give it an end_date_time")
    start, end = to_millis(record.start_date_time), to_millis(record.end_date_time)
    return from_periods(start, end, record.charging_periods, kwh)


def from_periods(
    start: Millis, end: Millis, periods: Sequence[ChargingPeriod], kwh: Decimal | None = None
) -> SessionFacts:
    """`kwh`: the whole session's energy, spread over the charging time where no period tells its own; None: not known.

    `start` is that of a reservation where there was one. One that no session followed counts as expired.
    """
    notes: list[str] = []
    if end < start:
        raise PricingError("the session ends before it starts")
    beginnings = [min(max(to_millis(period.start_date_time), start), end) for period in periods]
    if beginnings != sorted(beginnings):
        raise PricingError("charging periods are not in order of time")
    bounds = [*beginnings, end]
    phases = [
        phase
        for period, (since, until) in zip(periods, pairwise(bounds), strict=True)
        for phase in _phases(period, since, until, notes)
    ]
    if not periods:
        phases = [Phase(start, end, Decimal(0), True)]
        notes.append("no charging periods: charging all the time")
    elif beginnings[0] > start:
        notes.append("the first charging period begins after the session: the time before costs nothing")
    phases = _with_energy(phases, kwh, notes)
    began = next((phase.since for phase in phases if phase.reservation is None), end)
    if all(phase.reservation for phase in phases):
        expired = ReservationRestrictionType.RESERVATION_EXPIRES
        phases = [replace(phase, reservation=expired) for phase in phases]
    elif any(phase.reservation and phase.since > began for phase in phases):
        raise PricingError("a reservation lies after the beginning of its session")
    return SessionFacts(began, end, tuple(phases), tuple(dict.fromkeys(notes)))


def _phases(period: ChargingPeriod, since: Millis, until: Millis, notes: list[str]) -> Iterator[Phase]:
    """One or more kinds of time in a period: reserved, charging, parking, in this order."""
    said = {dimension.type: dimension.volume for dimension in period.dimensions}
    kinds = [kind for kind in (_D.RESERVATION_TIME, _D.TIME, _D.PARKING_TIME) if said.get(kind)] or [_D.TIME]
    stated = sum((said.get(kind, Decimal(0)) for kind in kinds), Decimal(0)) * _HOUR
    if stated and abs(stated - (until - since)) > _TOLERANCE:
        notes.append("times stated by charging periods differ from the clock by more than a minute: the clock counts")
    energy = said.get(_D.ENERGY, Decimal(0))
    if energy < 0:
        notes.append("energy given back to the grid is not priced: read as 0 kWh")
    takes = _D.TIME if _D.TIME in kinds else kinds[-1]
    power = _mean(said, _D.POWER, _D.MIN_POWER, _D.MAX_POWER) if energy <= 0 or _D.POWER in said else None
    begins, share = since, Decimal(0)
    for kind in kinds:
        share += said.get(kind, Decimal(0)) * _HOUR
        ends = until if kind is kinds[-1] else since + round((until - since) * share / stated)
        yield Phase(
            since=begins,
            until=ends,
            kwh=max(energy, Decimal(0)) if kind is takes else Decimal(0),
            charging=kind is not _D.PARKING_TIME,
            power_kw=power if kind is takes else None,
            current_a=_mean(said, _D.CURRENT, _D.MIN_CURRENT, _D.MAX_CURRENT) if kind is takes else None,
            reservation=ReservationRestrictionType.RESERVATION if kind is _D.RESERVATION_TIME else None,
            tariff_id=period.tariff_id,
        )
        begins = ends


def _mean(said: dict[CdrDimensionType, Decimal], own: _D, low: _D, high: _D) -> Decimal | None:
    """The period's own mean, else the middle of its extremes: a period ends where a price band does."""
    if own in said:
        return said[own]
    extremes = [said[kind] for kind in (low, high) if kind in said]
    return sum(extremes, Decimal(0)) / len(extremes) if extremes else None


def _with_energy(phases: list[Phase], kwh: Decimal | None, notes: list[str]) -> list[Phase]:
    """The whole energy spread over the charging time where no period says its own."""
    told = sum((phase.kwh for phase in phases), Decimal(0))
    if told or not kwh or kwh < 0:
        if told and kwh is not None and abs(told - kwh) > Decimal("0.001"):
            notes.append(f"charging periods add up to {told} kWh, the session says {kwh}: the periods count")
        return phases
    charging = [phase for phase in phases if phase.charging and phase.reservation is None]
    length = sum(phase.until - phase.since for phase in charging)
    if not length:
        notes.append(f"{kwh} kWh without charging time are not priced")
        return phases
    notes.append("no charging period tells its energy: the session's is spread over the charging time")
    spread, left = [], kwh
    for phase in phases:
        part = Decimal(0)
        if phase in charging:
            part = left if phase is charging[-1] else kwh * (phase.until - phase.since) / length
            left -= part
        spread.append(replace(phase, kwh=part))
    return spread


def _minutes(minutes: Decimal) -> Millis:
    return round(minutes * _MINUTE)
