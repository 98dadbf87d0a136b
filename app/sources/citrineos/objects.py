"""Locations and tariffs of CitrineOS as OCPI has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from app.model.problem import Problem, Severity
from app.sources.citrineos.settings import CitrineosSettings
from app.sources.citrineos.statuses import evse_id_of
from app.sources.connectors import connector
from app.sources.csms import Found, without_none

Body = Mapping[str, Any]


def locations(places: Iterable[Body], settings: CitrineosSettings) -> Found:
    found = Found()
    for place in places:
        evses = [
            evse
            for station in place.get("ChargingStations") or ()
            for evse in _evses(station, settings, found.problems)
        ]
        found.records.append({**_location(place), "evses": evses})
    return found


def _location(place: Body) -> dict[str, Any]:
    body = {
        "id": str(place["id"]),
        **_owner(place),
        "name": place.get("name"),
        "address": place.get("address"),
        "city": place.get("city"),
        "postal_code": place.get("postalCode"),
        "country": place.get("country"),
        "coordinates": _coordinates(place.get("coordinates")),
        # UTC is what nobody set; where the place is says it better.
        "time_zone": None if place.get("timeZone") == "UTC" else place.get("timeZone"),
        "opening_times": _hours(place.get("openingHours")),
    }
    return {**without_none(body), "publish": place.get("publishUpstream") is not False}


def _evses(station: Body, settings: CitrineosSettings, problems: list[Problem]) -> list[dict[str, Any]]:
    found = []
    for evse in (evse for evse in station.get("Evses") or () if not evse.get("removed")):
        evse_id = evse_id_of(station, evse, settings)
        if isinstance(evse_id, Problem):
            problems.append(evse_id)
            continue
        body = {
            "uid": str(evse["id"]),
            "evse_id": evse_id,
            "charger_id": station["id"],
            "physical_reference": evse.get("physicalReference"),
            "coordinates": _coordinates(station.get("coordinates")),
        }
        found.append({**without_none(body), "connectors": [_connector(one) for one in evse.get("Connectors") or ()]})
    return found


_FACTS = ("type", "format", "powerType", "maximumVoltage", "maximumAmperage", "maximumPowerWatts")


def _connector(one: Body) -> dict[str, Any]:
    number = one.get("evseTypeConnectorId") or one.get("connectorId") or one["id"]
    body = connector(number, *(one.get(name) for name in _FACTS))
    tariffs = [str(tariff["id"]) for tariff in one.get("Tariffs") or ()]
    return {**body, "tariff_ids": tariffs} if tariffs else body


def tariffs(rows: Iterable[Body], settings: CitrineosSettings) -> Found:
    """Flat prices: per kWh, per minute, per session. None without `prices_include_vat`, which decides what they mean."""
    rows, found = list(rows), Found()
    if settings.prices_include_vat is None:
        if rows:
            found.problems.append(_basis_unknown(len(rows)))
        return found
    for row in rows:
        vat = _vat(row, settings, found.problems)
        components = [
            without_none({"type": type_, "price": _json(price * times), "vat": _json(vat), "step_size": 1})
            for type_, name, times in _COMPONENTS
            if (price := _number(row.get(name))) is not None
        ]
        body = {
            "id": str(row["id"]),
            **_owner(row),
            "currency": row.get("currency"),
            "elements": [{"price_components": components}],
            "tax_included": "YES" if settings.prices_include_vat else "NO",
            "preauthorize_amount": _json(_number(row.get("authorizationAmount"))),
        }
        if _number(row.get("paymentFee")):
            found.problems.append(_fee_left_out(row))
        found.records.append(without_none(body))
    return found


_COMPONENTS = (("ENERGY", "pricePerKwh", 1), ("TIME", "pricePerMin", 60), ("FLAT", "pricePerSession", 1))
"""OCPI's hours are CitrineOS's minutes."""


def _vat(row: Body, settings: CitrineosSettings, problems: list[Problem]) -> Decimal | None:
    rate = _number(row.get("taxRate"))
    if rate is None or settings.tax_rate == "fraction":
        return rate and rate * 100
    if 0 < rate < 1:
        problems.append(
            Problem(
                "a tax rate below one percent: left out",
                Severity.PARTLY,
                record=str(row["id"]),
                path="taxRate",
                value=str(rate),
                remedy="Set `tax_rate: fraction` of the source if 0.19 means 19 percent there",
            )
        )
        return None
    return rate


def _basis_unknown(count: int) -> Problem:
    return Problem(
        f"{count} tariffs of which nobody says whether they include VAT: left out",
        path="prices_include_vat",
        remedy="Set `prices_include_vat` of the source: yes or no",
    )


def _fee_left_out(row: Body) -> Problem:
    return Problem(
        "a payment fee, of which CitrineOS does not say when it is due: left out",
        Severity.PARTLY,
        record=str(row["id"]),
        path="paymentFee",
        value=str(row["paymentFee"]),
        remedy="Write it into a price plan, if drivers pay it",
    )


def _owner(row: Body) -> dict[str, str]:
    tenant = row.get("Tenant") or {}
    return without_none({"country_code": tenant.get("countryCode"), "party_id": tenant.get("partyId")})


def _coordinates(point: Any) -> dict[str, str] | None:
    """Of a GeoJSON point: longitude first."""
    if not isinstance(point, dict) or len(point.get("coordinates") or ()) < 2:
        return None
    longitude, latitude = point["coordinates"][:2]
    return {"latitude": f"{latitude:.7f}", "longitude": f"{longitude:.7f}"}


def _hours(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, dict):
        return None
    if given.get("twentyfourSeven"):
        return {"twentyfourseven": True}
    periods = [
        {"weekday": one.get("weekday"), "period_begin": one.get("periodBegin"), "period_end": one.get("periodEnd")}
        for one in given.get("regularHours") or ()
    ]
    return {"twentyfourseven": False, "regular_hours": periods} if periods else None


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _json(value: Decimal | None) -> float | None:
    """JSON's number, which the reader takes by its shortest writing: exact up to 15 digits."""
    return None if value is None else float(value)
