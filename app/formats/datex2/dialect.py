"""The dialects of DATEX II, as small tables of differences from the AFIR packages of v3.7.

Bodies are built in the shape of v3.7; what a dialect has no place for stands in `lacks`, what it calls otherwise in the other
fields. The base model (CEN/TS 16157-10:2022) is the same in 3.2 to 3.7; it cannot say all that AFIR asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.formats.datex2.encoding import GERMAN_JSON, V37_JSON, V37_XML, Encoding

JSON = "json"
XML = "xml"


@dataclass(frozen=True)
class Dialect:
    profile: str
    """As in paths: `v3.7-afir`."""
    name: str
    """For losses: `v3.7 AFIR`."""
    version: str
    """Minor version of the model, which JSON names and XML does not."""
    encodings: Mapping[str, Encoding]
    energy: str = "aegi"
    """Prefix of the package of sites, stations and points."""
    facility: str = "afac"
    """Prefix of the package of what all facilities have."""
    named_profile: tuple[str, str] | None = None
    """Name and version of a national profile."""
    countries: frozenset[str] = frozenset()
    """ISO 3166-1 alpha-3; empty: everywhere."""
    creator: str = "{}"
    """`nationalIdentifier` of the publisher, made from its name."""
    lacks: frozenset[str] = frozenset()
    """Members that v3.7 AFIR has, and this one has not."""
    identifier_types: frozenset[str] = frozenset({"evseId"})
    """What ids can be marked as; others are named in words."""
    energy_product: str = "energyProduct"
    address_in: tuple[str, str] = ("locLocationExtensionG", "AfirFacilityLocation")
    domestic: str = "domestic{}Type"
    """Plugs of households, by their letter."""
    l_categories: tuple[str, ...] = ("l1", "l2", "l3", "l4", "l5", "l6", "l7")
    """EU vehicle categories of mopeds, motorcycles and quadricycles."""
    has_other_vehicles: bool = False
    needs_station_facts: bool = False
    """Whether a station must tell its power, its number of points and its service (01-00-00)."""
    wraps_faults: bool = True
    """Whether JSON names the class of a fault: where the model has several."""
    bare_status: bool = False
    """There is no message container."""

    @property
    def is_base(self) -> bool:
        """The model that is older than AFIR."""
        return self.energy == "egi"


V37 = Dialect("v3.7-afir", "v3.7 AFIR", "3.7", {XML: V37_XML, JSON: V37_JSON})

GERMAN = Dialect(
    "de-01-00-00",
    "01-00-00",
    "3.5",
    {JSON: GERMAN_JSON},
    named_profile=("AFIR Energy Infrastructure", "01-00-00"),
    countries=frozenset({"DEU"}),
    creator="DE-NAP-{}",
    lacks=frozenset({"associatedFacility", "electricEnergySourceRatio", "renewableSources", "pointLocation"}),
    identifier_types=frozenset({"evseId", "stationIdBNetzA", "operatorIdBNetzA", "operatorId", "providerId"}),
    energy_product="electricEnergy",
    address_in=("locLocationExtensionG", "FacilityLocation"),
    domestic="domestic{}",
    l_categories=("l",),
    has_other_vehicles=True,
    needs_station_facts=True,
    wraps_faults=False,
)
"""German national profile "AFIR Energy Infrastructure" 01-00-00, an extension of 3.5."""

_BASE_LACKS = frozenset(
    {
        "amenities",
        "currentType",
        "dedicatedParkingSpaces",
        "mcs",
        "mobilityServiceProvider",
        "nutsArea",
        "numberOfConnectors",
        "operationStatus",
        "plannedRefillPointStatus",
        "renewableSources",
        "smartRechargingServices",
        "otherSmartRechargingServices",
        "totalMaximumPower",
        *("bathRoom", "restingFacilities", "cateringService"),
        *("nfc", "emv", "qrCode", "website"),
    }
)


def _base(version: str, encodings: Mapping[str, Encoding], lacks: frozenset[str], *, bare_status: bool) -> Dialect:
    return Dialect(
        f"v{version}",
        f"v{version} base model",
        version,
        encodings,
        energy="egi",
        facility="fac",
        lacks=lacks,
        identifier_types=frozenset(),
        energy_product="",
        address_in=("locLocationReferenceExtensionG", "FacilityLocation"),
        domestic="domestic{}",
        bare_status=bare_status,
    )


def _base_encoding(name: str, decimals: int) -> Encoding:
    return Encoding(name, decimals, price_groups=False, zoned_times=False)


V36 = _base(
    "3.6",
    {XML: _base_encoding("v3.6 XML", 2), JSON: _base_encoding("v3.6 JSON", 6)},
    _BASE_LACKS,
    bare_status=False,
)
V35 = _base("3.5", {XML: _base_encoding("v3.5 XML", 2)}, _BASE_LACKS | {"euVehicleCategory"}, bare_status=True)
"""Without a message container; its CommonExtension has no EU vehicle category."""

DIALECTS = (V37, GERMAN, V36, V35)
