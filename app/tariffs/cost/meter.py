"""How much is charged at which price: first match per dimension, and blocks of `step_size` at the end of the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from app.model.enums import ReservationRestrictionType, TariffDimensionType
from app.model.tariff import PriceComponent, Tariff
from app.tariffs.cost.segments import Segment
from app.tariffs.windows import Situation, Window

_WATT_HOUR = Fraction(1, 1000)
_FLAT = TariffDimensionType.FLAT
_TIMES = frozenset({TariffDimensionType.TIME, TariffDimensionType.PARKING_TIME})


@dataclass(frozen=True, slots=True)
class Offer:
    """A price component and the window in which it may be the first to match."""

    element: int
    component: PriceComponent
    window: Window


class PricedTariff:
    """A tariff sorted by dimension. A dimension that an element prices twice counts once, by its first price."""

    def __init__(self, tariff: Tariff) -> None:
        self.tariff = tariff
        self.windows = [Window.of(element.restrictions) for element in tariff.elements]
        self._offers: dict[TariffDimensionType, list[Offer]] = {}
        for index, element in enumerate(tariff.elements):
            for component in element.price_components:
                offer = Offer(index, component, self.windows[index])
                self._offers.setdefault(component.type, []).append(offer)

    def first(self, dimension: TariffDimensionType, now: Situation) -> Offer | None:
        """None: the dimension costs nothing now."""
        return next((offer for offer in self._offers.get(dimension, ()) if offer.window.holds(now)), None)


@dataclass(slots=True)
class Line:
    """One component's volume. kWh, seconds, or times."""

    tariff: Tariff
    offer: Offer
    metered: Fraction = Fraction(0)
    added: Fraction = Fraction(0)
    """By `step_size`."""

    @property
    def dimension(self) -> TariffDimensionType:
        return self.offer.component.type


@dataclass(slots=True)
class Meter:
    """Collects volumes per component; `lines` are in the order in which they were first charged."""

    lines: dict[tuple[int, int, TariffDimensionType], Line] = field(default_factory=dict)
    _last: dict[bool, dict[str, Line]] = field(default_factory=lambda: {False: {}, True: {}})
    """Reserved or not → `energy` or `time` → the line charged last."""
    _flat_for: set[ReservationRestrictionType | None] = field(default_factory=set)

    def add(self, priced: PricedTariff, segment: Segment) -> None:
        """What a segment of a session costs. FLAT is charged once in a session, when its first match comes up."""
        phase, now = segment.phase, segment.now
        self._flat(priced, now)
        if phase.reservation:
            self._reserved(priced, segment)
            return
        self._charge(priced, TariffDimensionType.ENERGY, now, segment.kwh)
        time = TariffDimensionType.TIME if phase.charging else TariffDimensionType.PARKING_TIME
        self._charge(priced, time, now, segment.seconds)

    def _reserved(self, priced: PricedTariff, segment: Segment) -> None:
        """An expired reservation is a reservation too, unless the tariff prices the time of expired ones by itself."""
        if not self._charge(priced, TariffDimensionType.TIME, segment.now, segment.seconds):
            self._charge(priced, TariffDimensionType.TIME, as_used(segment.now), segment.seconds)

    def _flat(self, priced: PricedTariff, now: Situation) -> None:
        """One for the session, one for a reservation, and a further one where it expired."""
        moments = [now]
        if now.reservation is ReservationRestrictionType.RESERVATION_EXPIRES:
            moments.insert(0, as_used(now))
        for moment in moments:
            if moment.reservation not in self._flat_for and self._charge(priced, _FLAT, moment, Fraction(1)):
                self._flat_for.add(moment.reservation)

    def _charge(
        self, priced: PricedTariff, dimension: TariffDimensionType, now: Situation, volume: Fraction
    ) -> Line | None:
        offer = priced.first(dimension, now) if volume else None
        if offer is None:
            return None
        key = (id(priced.tariff), offer.element, dimension)
        line = self.lines.setdefault(key, Line(priced.tariff, offer))
        line.metered += volume
        if dimension is not _FLAT:
            group = "time" if dimension in _TIMES else "energy"
            self._last[now.reservation is not None][group] = line
        return line

    def round_up(self) -> None:
        """`step_size`, once for energy and once for time and parking together: on the session's total of the dimension
        priced last, at its last price (OCPI CDRs, step_size). A reservation has blocks of its own.
        """
        for reserved, groups in self._last.items():
            for last in groups.values():
                same = [
                    line.metered
                    for line in self.lines.values()
                    if line.dimension is last.dimension and (line.offer.window.reservation is not None) == reserved
                ]
                last.added = _missing_to_block(sum(same, Fraction(0)), _step(last.offer.component))


def as_used(now: Situation) -> Situation:
    """The same moment of a reservation, had it not expired."""
    return Situation(
        now.local, now.kwh, now.seconds, now.power_kw, now.current_a, ReservationRestrictionType.RESERVATION
    )


def _step(component: PriceComponent) -> Fraction:
    """kWh or seconds; 0 is read as 1, as the free tariff of the specification needs."""
    size = Fraction(max(component.step_size, 1))
    return size * _WATT_HOUR if component.type is TariffDimensionType.ENERGY else size


def _missing_to_block(volume: Fraction, step: Fraction) -> Fraction:
    return -volume % step
