"""What is published: a format, a kind, a part of the network, and the path where it stands as one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.formats.base import Format
from app.model.batch import Kind
from app.publish.block import Rendering
from app.publish.index import EVERYTHING
from app.registry.projection import View

ROOT = "/open/"


class Cadence(StrEnum):
    """How often a snapshot is looked at; written is it only where something changed."""

    STATUS = "status"
    """It carries status, or what such a document refers to: tariffs go with the locations that name them."""
    STATIC = "static"


@dataclass(frozen=True, slots=True)
class Publication:
    path: str
    """Of the whole document: `/open/ocpi/2.2.1/locations.json`."""
    rendering: Rendering
    view: View = EVERYTHING
    cadence: Cadence = Cadence.STATUS
    boundaries: bool = False
    """`date_from` also finds what changed by time alone, since this format shows it (2.1.1: `tariff_id`)."""

    @property
    def format(self) -> Format:
        return self.rendering.format

    @property
    def kind(self) -> Kind:
        return self.rendering.kind

    @property
    def stem(self) -> tuple[str, str]:
        """(`ocpi/2.2.1/locations`, `.json`)."""
        name, dot, extension = self.path.removeprefix(ROOT).rpartition(".")
        return name, dot + extension


@dataclass(frozen=True, slots=True)
class _Line:
    """One publication of every scope."""

    path: str
    format: str
    kind: Kind
    boundaries: bool = False
    one_party: bool = False
    """OCPI 2.1.1 has one party a connection: at the root it speaks for the default party."""


_LINES = (
    _Line("ocpi/2.1.1/tariffs.json", "ocpi-2.1.1", Kind.TARIFFS, one_party=True),
    _Line("ocpi/2.2.1/tariffs.json", "ocpi-2.2.1", Kind.TARIFFS),
    _Line("ocpi/2.3.0/tariffs.json", "ocpi-2.3.0", Kind.TARIFFS),
    _Line("ocpi/2.1.1/locations.json", "ocpi-2.1.1", Kind.LOCATIONS, boundaries=True, one_party=True),
    _Line("ocpi/2.2.1/locations.json", "ocpi-2.2.1", Kind.LOCATIONS),
    _Line("ocpi/2.3.0/locations.json", "ocpi-2.3.0", Kind.LOCATIONS),
    _Line("locations.geojson", "geojson", Kind.LOCATIONS),
)
"""Tariffs first: a document appears after those it refers to."""


def party_folder(party: str) -> str:
    """`DE*ABC` → `party/DE-ABC/`, below the root."""
    return f"party/{party.replace('*', '-')}/"


def catalogue(
    formats: Mapping[str, Format], parties: Iterable[str], default_party: str | None = None
) -> dict[str, Publication]:
    """Every publication by its path: the whole network, then each party (`DE*ABC`) alone.

    `default_party` is whom 2.1.1 speaks for at the root; None: the first by name. Formats that are not there are left out.
    """
    parties = sorted(parties)
    default = default_party or (parties[0] if parties else "")
    found: dict[str, Publication] = {}
    scopes = [("", None), *((party_folder(party), party) for party in parties)]
    for folder, party in scopes:
        for line in _LINES:
            if line.format in formats:
                owner = party or (default if line.one_party else None)
                view = View(parties=frozenset({owner})) if owner is not None else EVERYTHING
                rendering = Rendering(formats[line.format], line.kind)
                path = f"{ROOT}{folder}{line.path}"
                found[path] = Publication(path, rendering, view, boundaries=line.boundaries)
    return found
