"""The table of chargefeed's own fields: what the 2.3.0 feed says beyond OCPI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.model.location import Location
from app.model.shape import Field, fields
from app.model.tariff import Tariff
from app.model.types import Model


@dataclass(frozen=True, slots=True)
class ExtensionField:
    path: str
    """Where it stands: `evses[].charger_id`."""
    rule: str
    """What a value is; `list of …` where there may be several."""
    meaning: str
    """Empty for the fields inside an extension object."""
    values: tuple[str, ...]
    """Listed values of an enum."""
    open: bool
    """Whether other values are allowed."""


def extension_fields() -> tuple[ExtensionField, ...]:
    """All of them, locations first, in the order of the feed."""
    return (*_below(Location, ""), *_below(Tariff, "tariff."))


def _below(model: type[Model], path: str, *, inside: bool = False) -> Iterator[ExtensionField]:
    for field in fields(model).values():
        own = inside or bool(field.extension)
        place = f"{path}{field.name}"
        if own:
            yield _row(field, place)
        # OCPI's own classes inside an extension object are OCPI's to document.
        if field.child and (not own or _is_own(field.child)):
            yield from _below(field.child, f"{place}[]." if field.many else f"{place}.", inside=own)


def _is_own(model: type[Model]) -> bool:
    return model.__name__ not in OCPI_CLASSES


OCPI_CLASSES = frozenset({"DisplayText", "GeoLocation", "Hours", "RegularHours", "Image", "EnergyMix"})
"""OCPI classes that occur inside extension objects."""


def _row(field: Field, place: str) -> ExtensionField:
    return ExtensionField(place, field.rule, field.extension, tuple(sorted(field.values)), field.open)
