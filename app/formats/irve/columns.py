"""The columns of France's two files: schema-irve-statique and schema-irve-dynamique (Etalab), release v2.3.1 of 2 December 2025.

Header, order, types, patterns and enums are the schemas' own; `path` is where the canonical location says the same, which is
also the field of the overlay that fills it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

RELEASE = "2.3.1"
ID = r"[A-Z]{2}[A-Z0-9]{4,33}"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
EMAIL = rf"{_ATOM}(?:\.{_ATOM})*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{{2,63}}"
NOT_CONCERNED = "Non concerné"
"""In place of an id: the point is closed to roaming. The national consolidation drops such rows."""


class Type(StrEnum):
    """Of Table Schema."""

    TEXT = "string"
    EMAIL = "email"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    POINT = "geopoint"
    DATE = "date"
    MOMENT = "datetime"


@dataclass(frozen=True, eq=False)
class Column:
    name: str
    type: Type
    required: bool
    path: str
    """Empty: of no one field."""
    values: tuple[str, ...] = ()
    pattern: str = ""

    @cached_property
    def matches(self) -> re.Pattern[str] | None:
        """What a text must be, whole; None: anything."""
        pattern = EMAIL if self.type is Type.EMAIL else self.pattern
        return re.compile(pattern) if pattern else None

    @property
    def rule(self) -> str:
        """`string, required, one of Voirie, Parking public`"""
        parts = [self.type.value, "required" if self.required else ""]
        parts += [f"one of {', '.join(self.values)}" if self.values else "", self.pattern]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Layout:
    """One of the two files."""

    name: str
    """As in `schema-irve-statique`."""
    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The header."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def rule(self, name: str) -> str:
        """For messages: which rule of which schema."""
        return f"schema-irve-{self.name} {RELEASE} {name}: {self.by_name[name].rule}"


SITINGS = {
    "ON_STREET": "Voirie",
    "PUBLIC_CAR_PARK": "Parking public",
    "PRIVATE_CAR_PARK_PUBLIC_USE": "Parking privé à usage public",
    "CUSTOMER_CAR_PARK": "Parking privé réservé à la clientèle",
    "FAST_CHARGING_STATION": "Station dédiée à la recharge rapide",
}
ACCESS = {"FREE": "Accès libre", "RESERVED": "Accès réservé"}
UNKNOWN_ACCESSIBILITY = "Accessibilité inconnue"
ACCESSIBILITY = {
    "RESERVED": "Réservé PMR",
    "ACCESSIBLE": "Accessible mais non réservé PMR",
    "NOT_ACCESSIBLE": "Non accessible",
}
GRID = {"DIRECT": "Direct", "INDIRECT": "Indirect"}
PLUGS = {
    "ef": ("DOMESTIC_E", "DOMESTIC_F"),
    "2": ("IEC_62196_T2",),
    "combo_ccs": ("IEC_62196_T2_COMBO",),
    "chademo": ("CHADEMO",),
}
"""`prise_type_…` → OCPI ConnectorType, the one that is read first. All others are `prise_type_autre`."""
STATES = ("fonctionnel", "hors_service", "inconnu")


def _column(name: str, type_: Type, path: str, values: tuple[str, ...] = (), pattern: str = "") -> Column:
    """`*` after a name: required."""
    return Column(name.rstrip("*"), type_, name.endswith("*"), path, values, pattern)


STATIC = Layout(
    "statique",
    (
        _column("nom_amenageur", Type.TEXT, "owner.name"),
        _column("siren_amenageur", Type.TEXT, "owner.registration_ids", pattern=r"^\d{9}$"),
        _column("contact_amenageur", Type.EMAIL, "owner.email"),
        _column("nom_operateur", Type.TEXT, "operator.name"),
        _column("contact_operateur*", Type.EMAIL, "operator.email"),
        _column("telephone_operateur", Type.TEXT, "help_phone"),
        _column("nom_enseigne*", Type.TEXT, "operator.brand"),
        _column(
            "id_station_itinerance*",
            Type.TEXT,
            "stations[].external_ids",
            pattern=rf"(?:(?:^|,)(^{ID}$|{NOT_CONCERNED}))+$",
        ),
        _column("id_station_local", Type.TEXT, "stations[].id"),
        _column("nom_station*", Type.TEXT, "name"),
        _column("implantation_station*", Type.TEXT, "siting", tuple(SITINGS.values())),
        _column("adresse_station*", Type.TEXT, "address"),
        _column("code_insee_commune", Type.TEXT, "municipality_code", pattern=r"^([013-9]\d|2[AB1-9])\d{3}$"),
        _column("coordonneesXY*", Type.POINT, "coordinates"),
        _column("nbre_pdc*", Type.INTEGER, "evses"),
        _column("id_pdc_itinerance*", Type.TEXT, "evses[].evse_id", pattern=rf"(?:(?:^|,)(^{ID}$|{NOT_CONCERNED}))+$"),
        _column("id_pdc_local", Type.TEXT, "evses[].uid"),
        _column("puissance_nominale*", Type.NUMBER, "evses[].connectors[].max_electric_power"),
        _column("prise_type_ef*", Type.BOOLEAN, "evses[].connectors[].standard"),
        _column("prise_type_2*", Type.BOOLEAN, "evses[].connectors[].standard"),
        _column("prise_type_combo_ccs*", Type.BOOLEAN, "evses[].connectors[].standard"),
        _column("prise_type_chademo*", Type.BOOLEAN, "evses[].connectors[].standard"),
        _column("prise_type_autre*", Type.BOOLEAN, "evses[].connectors[].standard"),
        _column("gratuit", Type.BOOLEAN, "evses[].irve.free_of_charge"),
        _column("paiement_acte*", Type.BOOLEAN, "evses[].irve.adhoc_payment"),
        _column("paiement_cb", Type.BOOLEAN, "evses[].irve.card_payment"),
        _column("paiement_autre", Type.BOOLEAN, "evses[].irve.other_payment"),
        _column("tarification", Type.TEXT, "evses[].irve.price_text"),
        _column("condition_acces*", Type.TEXT, "access_condition", tuple(ACCESS.values())),
        _column("reservation*", Type.BOOLEAN, "evses[].capabilities"),
        _column("horaires*", Type.TEXT, "opening_times", pattern=r"(.*?)((\d{1,2}:\d{2})-(\d{1,2}:\d{2})|24/7)"),
        _column("accessibilite_pmr*", Type.TEXT, "accessibility", (*ACCESSIBILITY.values(), UNKNOWN_ACCESSIBILITY)),
        _column("restriction_gabarit*", Type.TEXT, "size_restriction"),
        _column("station_deux_roues*", Type.BOOLEAN, "two_wheels_only"),
        _column("raccordement", Type.TEXT, "grid_connection.kind", tuple(GRID.values())),
        _column("num_pdl", Type.TEXT, "grid_connection.pdl"),
        _column("date_mise_en_service", Type.DATE, "operational_since"),
        _column("observations", Type.TEXT, "evses[].irve.remarks"),
        _column("date_maj*", Type.DATE, "last_updated"),
        _column("cable_t2_attache", Type.BOOLEAN, "evses[].connectors[].format"),
    ),
)

DYNAMIC = Layout(
    "dynamique",
    (
        _column("id_pdc_itinerance*", Type.TEXT, "evses[].evse_id", pattern=rf"^{ID}$"),
        _column("etat_pdc*", Type.TEXT, "evses[].status", ("en_service", "hors_service", "inconnu")),
        _column("occupation_pdc*", Type.TEXT, "evses[].status", ("libre", "occupe", "reserve", "inconnu")),
        _column("horodatage*", Type.MOMENT, "evses[].status_times.occurred_at"),
        _column("etat_prise_type_2", Type.TEXT, "evses[].status", STATES),
        _column("etat_prise_type_combo_ccs", Type.TEXT, "evses[].status", STATES),
        _column("etat_prise_type_chademo", Type.TEXT, "evses[].status", STATES),
        _column("etat_prise_type_ef", Type.TEXT, "evses[].status", STATES),
    ),
)
