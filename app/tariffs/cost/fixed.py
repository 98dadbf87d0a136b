"""The price of one moment for a whole session: what 23 CFR 680.116(a)(2) asks for."""

from __future__ import annotations

from datetime import datetime

from app.model.tariff import Tariff, TariffElement
from app.tariffs.windows import Window

_BY_THE_CLOCK = ("start_time", "end_time", "start_date", "end_date")


def fixed_at(tariff: Tariff, local: datetime) -> Tariff:
    """What the tariff asks for at `local`, the wall clock at the location, as if it were never any other time.

    Conditions of energy, duration, power and current stay. The tariff itself where no price depends on the clock.
    """
    windows = [(element, Window.of(element.restrictions)) for element in tariff.elements]
    elements = [_unbound(element) for element, window in windows if window.holds_at(local)]
    return tariff if elements == list(tariff.elements) else tariff.model_copy(update={"elements": elements})


def _unbound(element: TariffElement) -> TariffElement:
    if element.restrictions is None:
        return element
    fields: dict[str, object] = {**dict.fromkeys(_BY_THE_CLOCK), "day_of_week": []}
    return element.model_copy(update={"restrictions": element.restrictions.model_copy(update=fields)})
