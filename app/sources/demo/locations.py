"""A demo site as an OCPI 2.3.0 Location with the extension of AFIR and NEVI. Statuses are apart (story.py)."""

from __future__ import annotations

from typing import Any

from app.clock import Millis
from app.sources.demo.draw import Draw
from app.sources.demo.evses import NEVI_WATTS, PROVIDERS, evse, has_disabled_bay, has_terminal, is_funded, parking
from app.sources.demo.sites import PARTY, Site, Spot

WEBSITE = "https://demo.example/"
OWNER_FR = {
    "name": "Démo Aménageur (fictif)",
    "email": "amenageur@demo.example",
    "registration_ids": [{"scheme": "SIREN", "id": "000000000"}],
}
"""No company has that number."""
START = {"start_by_phone": True, "start_by_sms": True}
UNSAID_EVERY = 37
"""Every so many sites nobody has said whether there are toilets: a gap for the report on completeness."""


def location(seed: int, site: Site, at: Millis) -> dict[str, Any]:
    """The Location, its tariffs being those valid or announced at `at`; without any `status` or `last_updated`."""
    draw = Draw(seed, "facts", site.number)
    country, where = site.country, site.address
    body: dict[str, Any] = {
        "country_code": country.code,
        "party_id": PARTY,
        "id": site.id,
        "publish": not site.hidden,
        "name": site.name,
        "address": where.line,
        "city": site.town.name,
        "postal_code": where.postcode,
        "country": country.alpha3,
        "coordinates": _coordinates(where.latitude, where.longitude),
        "parking_type": site.kind.parking_type,
        "evses": [evse(site, spot, at) for spot in site.spots],
        "parking_places": [parking(site, spot) for spot in site.spots],
        "operator": _operator(site),
        "facilities": list(site.kind.facilities),
        "time_zone": site.town.time_zone,
        "opening_times": _opening_times(site),
        "charging_when_closed": site.kind.hours == "garage",
        "energy_mix": _energy_mix(site, draw),
        "street": where.street,
        "house_number": where.number,
        "access_type": "COMMERCIAL_VEHICLES" if site.kind.name == "truck" else "PUBLIC",
        "access_condition": "FREE",
        "accessibility": _accessibility(site),
        "two_wheels_only": False,
        "station_status": "PLANNED" if site.planned else "OPERATIONAL",
        "network_name": "Demo",
        "network_provider": country.operator,
        "stations": _stations(site),
        "service_providers": [{"name": name} for name in PROVIDERS[: 1 + site.number % len(PROVIDERS)]],
    }
    if country.phone:
        body["help_phone"] = draw.pattern(country.phone)
    if text := country.directions.get(site.kind.name):
        body["directions"] = [{"language": country.language, "text": text}]
    if site.country.limits:
        body["size_restriction"] = site.country.limits["garage" if site.kind.name == "garage" else "none"]
    if not site.planned:
        body["operational_since"] = _day(draw)
    return body | _national(site, draw)


def _operator(site: Site) -> dict[str, Any]:
    country = site.country
    return {"name": country.operator, "website": WEBSITE, "legal_name": country.legal_name}


def _national(site: Site, draw: Draw) -> dict[str, Any]:
    town = site.town
    match site.country.code:
        case "US":
            return {"state": town.state, "zip_extended": draw.pattern("####")} | START | _funding(site)
        case "DE":
            ids = {"operator_id": f"DE*{PARTY}", "registration_ids": [{"scheme": "BNETZA", "id": "0000000"}]}
            named = {"name": site.country.operator, "website": WEBSITE, "legal_name": site.country.legal_name}
            return {"region_nuts1": town.nuts1, "operator": named | ids}
        case "FR":
            direct = any(spot.type.power >= NEVI_WATTS for spot in site.spots)
            grid = {"kind": "DIRECT", "pdl": draw.pattern("99############")} if direct else {"kind": "INDIRECT"}
            return {
                "operator": _operator(site) | {"brand": "Démo Recharge (fictif)", "email": "contact@demo.example"},
                "owner": OWNER_FR,
                "region_nuts1": town.nuts1,
                "municipality_code": town.municipality,
                "siting": _siting(site),
                "size_restriction": _size_restriction(site),
                "grid_connection": grid,
            }
    return {"region_nuts1": town.nuts1} if town.nuts1 else {}


def _funding(site: Site) -> dict[str, Any]:
    return {"funding": ["NEVI"], "project_type": "NEW_STATION", "afc": True} if is_funded(site) else {"afc": False}


def _siting(site: Site) -> str:
    if all(spot.type.power >= NEVI_WATTS for spot in site.spots):
        return "FAST_CHARGING_STATION"
    if site.kind.name in ("hotel", "supermarket"):
        return "CUSTOMER_CAR_PARK"
    return "ON_STREET" if site.kind.parking_type == "ON_STREET" else "PUBLIC_CAR_PARK"


def _size_restriction(site: Site) -> str:
    return "Hauteur maximale 2 m" if site.kind.parking_type == "PARKING_GARAGE" else "Aucune restriction de gabarit"


def _accessibility(site: Site) -> str:
    disabled = sum(has_disabled_bay(site, spot) for spot in site.spots)
    return "RESERVED" if disabled == len(site.spots) else "ACCESSIBLE" if disabled else "NOT_ACCESSIBLE"


def _coordinates(latitude: float, longitude: float) -> dict[str, str]:
    return {"latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"}


def _day(draw: Draw) -> str:
    return f"{draw.whole(2019, 2025)}-{draw.whole(1, 12):02d}-{draw.whole(1, 28):02d}"


def _opening_times(site: Site) -> dict[str, Any]:
    if site.kind.hours == "always":
        return {"twentyfourseven": True}
    begin, end = ("07:00", "21:00") if site.kind.hours == "shop" else ("06:00", "23:00")
    days = range(1, 7) if site.kind.hours == "shop" and site.country.code == "DE" else range(1, 8)
    return {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": day, "period_begin": begin, "period_end": end} for day in days],
    }


def _energy_mix(site: Site, draw: Draw) -> dict[str, Any]:
    """Most sites are green; the others say what they burn."""
    if draw.chance(0.8):
        wind = draw.whole(4, 8) * 10
        sources = [{"source": "WIND", "percentage": wind}, {"source": "SOLAR", "percentage": 100 - wind}]
        return {"is_green_energy": True, "energy_sources": sources, "supplier_name": site.country.supplier}
    return {
        "is_green_energy": False,
        "energy_sources": [
            {"source": "GENERAL_GREEN", "percentage": 55},
            {"source": "GAS", "percentage": 30},
            {"source": "NUCLEAR", "percentage": 15},
        ],
        "environ_impact": [{"category": "CARBON_DIOXIDE", "amount": draw.whole(120, 320)}],
        "supplier_name": site.country.supplier,
    }


def _stations(site: Site) -> list[dict[str, Any]]:
    """One per way of use: the fast points of a car park are a station of their own."""
    profiles = list(dict.fromkeys(spot.type.profile for spot in site.spots))
    return [
        _station(site, number, [spot for spot in site.spots if spot.type.profile == profile])
        for number, profile in enumerate(profiles, 1)
    ]


def _station(site: Site, number: int, spots: list[Spot]) -> dict[str, Any]:
    """A station's fast points share the grid: all at once give 80 % of what each gives alone."""
    terminal = all(has_terminal(spot) for spot in spots)
    in_use = [spot for spot in spots if spot.uid != site.removed] or spots
    share = 0.8 if spots[0].type.profile in ("hpc", "truck") else 1.0
    station: dict[str, Any] = {
        "id": f"{site.id}-S{number}",
        "name": f"{site.name} {number}",
        "evse_uids": [spot.uid for spot in spots],
        "max_power_kw": round(sum(spot.type.power for spot in in_use) * share / 1000, 1),
        "simultaneous_points": len(in_use),
        "parking_space_count": len(spots),
        "disabled_parking_space_count": sum(has_disabled_bay(site, spot) for spot in spots),
        "vehicle_classes": ["N2", "N3", "M3"] if spots[0].type.profile == "truck" else ["M1", "N1"],
        "service_support": {"kind": "ATTENDED" if site.kind.name in ("motorway", "truck") else "UNATTENDED"},
        "facilities": _facilities(site),
        "payment": {
            "card_reader": terminal,
            "contactless": terminal,
            "other": ["WEBSITE"] if terminal else ["QR_CODE", "WEBSITE"],
            "brands": ["Demo Card (fictional)"],
        },
        "contract_payment": True,
    }
    if site.country.code == "FR":
        station["external_ids"] = [{"scheme": "IRVE", "id": f"FR{PARTY}P{site.number:06d}{number:02d}"}]
    elif site.country.code == "DE":
        station["external_ids"] = [{"scheme": "BNETZA", "id": f"0{site.number:06d}{number:02d}"}]
    return station


def _facilities(site: Site) -> dict[str, Any]:
    facilities = {
        "roofed": site.kind.parking_type == "PARKING_GARAGE",
        "lit": True,
        "catering": "RESTAURANT" in site.kind.facilities,
        "toilets": site.kind.name in ("motorway", "truck", "supermarket", "hotel"),
        "rest": site.kind.name in ("motorway", "truck"),
    }
    if site.number % UNSAID_EVERY == 0:
        del facilities["toilets"]
    return facilities
