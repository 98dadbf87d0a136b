"""What is published: a format, a kind, a part of the network, and the path where it stands as one document."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.clock import Millis
from app.formats.base import NOBODY, Cadence, Envelope, Format, Publisher
from app.model.batch import Kind
from app.publish.block import Rendering
from app.publish.index import EVERYTHING, Scope
from app.registry.projection import View

ROOT = "/open/"
PARTY = "party/"
"""What the names of documents of one party alone begin with."""


@dataclass(frozen=True, slots=True)
class Publication:
    path: str
    """Of the whole document: `/open/ocpi/2.2.1/locations.json`."""
    rendering: Rendering
    view: View = EVERYTHING
    cadence: Cadence = Cadence.STATUS
    boundaries: bool = False
    """As `Address.boundaries`."""
    publisher: Publisher = NOBODY
    title: str = ""

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

    def prefix(self, stamp: Millis, sequence: int = 0) -> bytes:
        """What the document starts with; `stamp` and `sequence` are those that its envelope gives."""
        return self.format.prefix(self._envelope(stamp, sequence))

    def suffix(self, stamp: Millis, sequence: int = 0) -> bytes:
        return self.format.suffix(self._envelope(stamp, sequence))

    def _envelope(self, stamp: Millis, sequence: int) -> Envelope:
        return Envelope(stamp, self.publisher, next(iter(self.view.parties), ""), sequence)


def party_folder(party: str) -> str:
    """`DE*ABC` → `party/DE-ABC/`, below the root."""
    return f"{PARTY}{party.replace('*', '-')}/"


def catalogue(
    formats: Mapping[str, Format],
    scopes: Collection[Scope],
    default_party: str | None = None,
    publisher: Publisher = NOBODY,
) -> dict[str, Publication]:
    """Every publication by its path: the whole network, then each party (`DE*ABC`) alone; of each, a document after those it
    refers to.

    `scopes`: the parties and countries of what is public. `default_party` is whom 2.1.1 speaks for at the root; None: the first
    by name.
    """
    parties = sorted({party for party, _ in scopes})
    default = default_party or (parties[0] if parties else "")
    standing = [(form, address) for form in formats.values() for address in form.addresses]
    standing.sort(key=lambda pair: (_ORDER.index(pair[1].kind), pair[1].path))
    found: dict[str, Publication] = {}
    for folder, party in [("", None), *((party_folder(party), party) for party in parties)]:
        countries = {country for owner, country in scopes if party in (None, owner)}
        for form, address in standing:
            if address.countries and not address.countries & countries:
                continue
            owner = party or (default if address.one_party else None)
            path = f"{ROOT}{folder}{address.path}"
            found[path] = Publication(
                path,
                Rendering(form, address.kind, address.countries),
                View(frozenset(() if owner is None else {owner}), address.countries),
                address.cadence,
                address.boundaries,
                publisher,
                address.title,
            )
    return found


_ORDER = (Kind.TARIFFS, Kind.SITES, Kind.LOCATIONS)
