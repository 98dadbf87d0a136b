"""What a session costs by an OCPI tariff.

1. Which tariff: the one a CDR names for the phase, else the one valid when the session starts (a driver's price is that of the
   start); on request the one valid at each moment.
2. The session is cut wherever a restriction can change (`segments`), and each part is priced per dimension by the first
   element that matches (`meter`). FLAT counts once.
3. `step_size` rounds once for energy, once for time and parking (`meter`).
4. Taxes per component, `min_price` and `max_price` on each tax basis, rounding (`total`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from app.clock import Millis, to_millis
from app.errors import PricingError
from app.model.enums import TariffDimensionType
from app.model.tariff import PriceLimit, Tariff
from app.tariffs.cost.facts import SessionFacts
from app.tariffs.cost.meter import Line, Meter, PricedTariff
from app.tariffs.cost.result import ComponentCost, Cost
from app.tariffs.cost.segments import Segment, segments
from app.tariffs.cost.total import settle, taxed
from app.tariffs.windows import Window

V211, V221, V230 = "2.1.1", "2.2.1", "2.3.0"
_HOUR = 3600
_NAMED_AT_MOST = 5
_TIMES = (TariffDimensionType.TIME, TariffDimensionType.PARKING_TIME)


def cost(
    tariff: Tariff | Sequence[Tariff],
    session: SessionFacts,
    time_zone: str,
    version: str = V230,
    *,
    switching: bool = False,
) -> Cost:
    """The cost of `session` at a location in `time_zone` (IANA).

    Several tariffs are the ones a connector had one after the other. `version` is the OCPI version that the tariff came in: it
    decides what a missing VAT means, and 2.1.1 has neither taxes, limits nor validity. `switching`: a tariff that begins during
    the session prices what follows; else the one valid at the start prices it all. Limits are those of the first tariff.

    Raises PricingError where not one tariff is valid at the start but none or several, where currencies differ, and for an
    unknown time zone.
    """
    return _Pricing([tariff] if isinstance(tariff, Tariff) else tariff, session, version, switching).cost(time_zone)


class _Pricing:
    def __init__(self, tariffs: Sequence[Tariff], session: SessionFacts, version: str, switching: bool) -> None:
        self._tariffs = [PricedTariff(tariff) for tariff in tariffs]
        self._by_id = {tariff.tariff.id.lower(): tariff for tariff in reversed(self._tariffs)}
        self._session = session
        self._version = version
        self._switching = switching
        self._notes = list(session.notes)
        currencies = sorted({tariff.currency for tariff in tariffs})
        if len(currencies) != 1:
            what = f"tariffs in {' and '.join(currencies)}" if currencies else "no tariff given"
            raise PricingError(f"{what}: a session is priced in one currency")
        self._start = self._session.phases[0].since if self._session.phases else self._session.start

    def cost(self, time_zone: str) -> Cost:
        try:
            zone = ZoneInfo(time_zone)
        except (KeyError, ValueError, OSError):
            remedy = "Name it as in Europe/Berlin"
            raise PricingError(f"{time_zone!r} is no time zone", remedy=remedy) from None
        first = self._first()
        windows = [window for tariff in self._tariffs for window in tariff.windows]
        meter = Meter()
        for segment in segments(self._session, windows, zone, self._changes()):
            meter.add(self._of(segment, first), segment)
        meter.round_up()
        self._note_what_was_unknown(meter, windows)
        components = [self._component(line) for line in meter.lines.values()]
        minimum, maximum = self._limits(first.tariff)
        return settle(first.tariff.currency, components, minimum, maximum, self._notes)

    def _first(self) -> PricedTariff:
        """The tariff valid at the start; a single one is taken at any time, with a note."""
        valid = [tariff for tariff in self._tariffs if self._is_valid(tariff.tariff, self._start)]
        if named := self._named():
            return named
        if len(valid) == 1:
            return valid[0]
        ids = ", ".join(sorted(tariff.tariff.id for tariff in valid)[:_NAMED_AT_MOST])
        if valid:
            raise PricingError(f"{len(valid)} tariffs are valid at the start: {ids}", remedy="Choose one of them")
        if len(self._tariffs) > 1:
            raise PricingError("no tariff is valid when the session starts", remedy="Give the tariff of that time")
        self._notes.append(f"tariff {self._tariffs[0].tariff.id} is not valid when the session starts")
        return self._tariffs[0]

    def _named(self) -> PricedTariff | None:
        """The first one that the session's record names itself."""
        ids = (phase.tariff_id.lower() for phase in self._session.phases if phase.tariff_id)
        return next((self._by_id[name] for name in ids if name in self._by_id), None)

    def _of(self, segment: Segment, first: PricedTariff) -> PricedTariff:
        named = self._by_id.get((segment.phase.tariff_id or "").lower())
        if named or not self._switching:
            return named or first
        valid = (tariff for tariff in self._tariffs if self._is_valid(tariff.tariff, segment.at))
        return next(valid, first)

    def _is_valid(self, tariff: Tariff, at: Millis) -> bool:
        if self._version == V211:
            return True
        start, end = tariff.start_date_time, tariff.end_date_time
        return (start is None or at >= to_millis(start)) and (end is None or at < to_millis(end))

    def _changes(self) -> Iterator[Millis]:
        """Where to cut because another tariff begins."""
        if self._switching and self._version != V211:
            for tariff in self._tariffs:
                for moment in (tariff.tariff.start_date_time, tariff.tariff.end_date_time):
                    if moment is not None:
                        yield to_millis(moment)

    def _component(self, line: Line) -> ComponentCost:
        component, tariff = line.offer.component, line.tariff
        billed = line.metered + line.added
        worth = Fraction(component.price) * billed / (_HOUR if component.type in _TIMES else 1)
        return ComponentCost(
            dimension=component.type,
            volume=_decimal(billed),
            metered=_decimal(line.metered),
            price=component.price,
            vat=component.vat,
            amount=taxed(_decimal(worth), component.vat, tariff.tax_included, tells_vat=self._tells_vat(tariff)),
            element=line.offer.element,
            tariff=tariff.id,
        )

    def _tells_vat(self, tariff: Tariff) -> bool:
        """Whether a component without VAT is free of it. 2.2.1 says so; in 2.3.0 a tariff without any is North American:
        taxes are not known beforehand; 2.1.1 has no VAT at all.
        """
        if self._version == V230:
            return any(part.vat is not None for element in tariff.elements for part in element.price_components)
        return self._version != V211

    def _limits(self, tariff: Tariff) -> tuple[PriceLimit | None, PriceLimit | None]:
        """A minimum is for a charging session: a reservation that expired has none."""
        if self._version == V211:
            return None, None
        others = {(other.tariff.min_price, other.tariff.max_price) for other in self._used()} - {
            (tariff.min_price, tariff.max_price)
        }
        if others:
            self._notes.append(f"limits differ between tariffs: those of {tariff.id} are applied to the whole session")
        charged = any(phase.reservation is None for phase in self._session.phases)
        return tariff.min_price if charged else None, tariff.max_price

    def _used(self) -> list[PricedTariff]:
        return self._tariffs if self._switching or self._named() else []

    def _note_what_was_unknown(self, meter: Meter, windows: Sequence[Window]) -> None:
        charging = [phase for phase in self._session.phases if phase.charging and phase.reservation is None]
        if any(window.current_a.bounds for window in windows) and any(phase.current_a is None for phase in charging):
            self._notes.append("prices depend on the current, which is not known: read as the lowest")
        if any(window.power_kw.bounds for window in windows) and any(phase.power_kw is None for phase in charging):
            self._notes.append("prices depend on the power, which is not known: read as the mean of each phase")
        if any(line.offer.component.price < 0 for line in meter.lines.values()):
            self._notes.append("a price is negative")


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
