"""How each OCPI version differs from the next newer one (Locations and Tariffs).

Both ways read these tables: `downgrade` leaves out and renames, `upgrade` renames back. What no table can say (prices
without VAT, one tariff per connector) stands in `rules_221` and `rules_211`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

V230 = "2.3.0"
V221 = "2.2.1"
V211 = "2.1.1"
VERSIONS = (V211, V221, V230)


@dataclass(frozen=True)
class Difference:
    """What `older` lacks of the version after it."""

    older: str
    since: str
    """The first version that has what is lacking, as a reason names it."""
    fields: Mapping[str, frozenset[str]]
    """Class → fields it does not have."""
    implied: Mapping[str, frozenset[str]]
    """Class → fields it does not have and does not need: what they say is said otherwise, or cannot be otherwise."""
    names: Mapping[str, Mapping[str, str]]
    """Class → name of a field now → its name in the older version."""
    values: Mapping[str, frozenset[str]]
    """Enum → listed values it does not have."""
    instead: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Enum → value it does not have → the value that says it there; others are left out."""
    closed: bool = False
    """Whether its enums are closed where they are open now."""
    essential: frozenset[tuple[str, str]] = frozenset()
    """Fields (class, name) without which an object cannot be said: it is left out with its value."""
    whole_seconds: bool = False
    """Whether times have no fractions."""


# B.1: what 2.2.1 lacks of 2.3.0
TO_221 = Difference(
    older=V221,
    since="2.3.0",
    closed=True,
    fields={
        "Location": frozenset({"parking_places", "help_phone"}),
        "EVSE": frozenset({"parking", "accepted_service_providers"}),
        "Connector": frozenset({"capabilities"}),
    },
    implied={"Tariff": frozenset({"tax_included"}), "TariffRestrictions": frozenset({"booking"})},
    names={"PriceLimit": {"before_taxes": "excl_vat", "after_taxes": "incl_vat"}},
    values={
        "ConnectorType": frozenset({"MCS", "SAE_J3400"}),
        "ParkingRestriction": frozenset({"EMPLOYEES", "TAXIS", "TENANTS"}),
        "TokenType": frozenset({"EMAID"}),
    },
    instead={
        # Mechanically compatible, and how J3400 was written before it had a value of its own.
        "ConnectorType": {"SAE_J3400": "TESLA_S"},
        "ParkingRestriction": {"EMPLOYEES": "CUSTOMERS", "TENANTS": "CUSTOMERS"},
        "TokenType": {"EMAID": "OTHER", "*": "OTHER"},
    },
    essential=frozenset({("Connector", "standard"), ("Image", "category"), ("EnvironmentalImpact", "category")}),
)

# B.2: what 2.1.1 lacks of 2.2.1
TO_211 = Difference(
    older=V211,
    since="2.2",
    whole_seconds=True,
    fields={
        "Location": frozenset({"publish_allowed_to", "state"}),
        "Connector": frozenset({"max_electric_power"}),
        "Tariff": frozenset({"type", "min_price", "max_price", "start_date_time", "end_date_time"}),
        "PriceComponent": frozenset({"vat"}),
        "TariffRestrictions": frozenset({"min_current", "max_current"}),
    },
    # The owner is the connection's party; everything is public; elements that price reservations are left out whole.
    implied={
        "Location": frozenset({"country_code", "party_id", "publish"}),
        "Tariff": frozenset({"country_code", "party_id"}),
        "TariffRestrictions": frozenset({"reservation"}),
    },
    names={
        "Location": {"parking_type": "type"},
        "Connector": {"max_voltage": "voltage", "max_amperage": "amperage", "tariff_ids": "tariff_id"},
        "EnvironmentalImpact": {"category": "source"},
    },
    values={
        "Capability": frozenset(
            {
                "CHARGING_PREFERENCES_CAPABLE",
                "CHIP_CARD_SUPPORT",
                "CONTACTLESS_CARD_SUPPORT",
                "DEBIT_CARD_PAYABLE",
                "PED_TERMINAL",
                "START_SESSION_CONNECTOR_REQUIRED",
                "TOKEN_GROUP_CAPABLE",
            }
        ),
        "ConnectorType": frozenset(
            {
                *("CHAOJI", "DOMESTIC_M", "DOMESTIC_N", "DOMESTIC_O", "GBT_AC", "GBT_DC"),
                *("NEMA_5_20", "NEMA_6_30", "NEMA_6_50", "NEMA_10_30", "NEMA_10_50", "NEMA_14_30", "NEMA_14_50"),
                *("PANTOGRAPH_BOTTOM_UP", "PANTOGRAPH_TOP_DOWN"),
            }
        ),
        "Facility": frozenset({"BIKE_SHARING", "PARKING_LOT", "TRAM_STOP", "METRO_STATION"}),
        "ParkingType": frozenset({"ALONG_MOTORWAY", "ON_DRIVEWAY"}),
        "PowerType": frozenset({"AC_2_PHASE", "AC_2_PHASE_SPLIT"}),
    },
    instead={
        "ParkingType": {"ALONG_MOTORWAY": "OTHER", "ON_DRIVEWAY": "OTHER"},
        "PowerType": {"AC_2_PHASE": "AC_1_PHASE", "AC_2_PHASE_SPLIT": "AC_1_PHASE"},
    },
    essential=frozenset({("Connector", "standard")}),
)

DOWN = {V230: (), V221: (TO_221,), V211: (TO_221, TO_211)}
"""The differences to apply, in order, to get from 2.3.0 to a version."""
