"""The two publications as batches; prices of the status publication are newer than those of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from app.clock import Clock, Millis
from app.formats.datex2.rates import EnergyRateUpdate
from app.formats.datex2.read_statuses import Statuses, StatusLine, read_statuses
from app.formats.datex2.read_table import parse_location, parse_tariff, read_table
from app.model.batch import Batch, Kind, Parsed, Raw
from app.sources.base import Capabilities, SourceSettings
from app.sources.datex2.settings import Datex2Settings
from app.sources.file_pair import Contents, FilePairSource
from app.sources.records import with_stations


class Datex2Source(FilePairSource):
    type = "datex2"
    Settings = Datex2Settings
    capabilities = Capabilities(frozenset({Kind.LOCATIONS, Kind.TARIFFS, Kind.STATUSES}))
    settings: Datex2Settings
    media_types = "application/xml, application/json, text/xml;q=0.9, */*;q=0.5"

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._prices = self.file(self.settings.status) if self.settings.status else None
        self._updates: dict[tuple[str, str], EnergyRateUpdate] = {}

    def places(self) -> Mapping[Kind, str | Path | None]:
        table = self.settings.table
        return {Kind.LOCATIONS: table, Kind.TARIFFS: table, Kind.STATUSES: self.settings.status}

    def headers(self) -> Mapping[str, str]:
        token = self.settings.token
        bearer = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
        return {**super().headers(), **bearer}

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        if kind is Kind.TARIFFS and self._take_prices():
            cursor = None
        yield from super().fetch(kind, cursor, full=full)

    def contents(self, kind: Kind, data: bytes, name: str, now: Millis) -> Contents:
        if kind is Kind.STATUSES:
            found = read_statuses(data, name)
            words = self.settings.status_map
            lines = [line._replace(status=words.get(line.status, line.status)) for line in found.lines]
            return Contents(lines, partial(_parsed, found), found.problems, found.complete)
        owner = {"country_code": self.settings.country_code, "party_id": self.settings.party_id}
        table = read_table(data, name, now, updates=self._updates, **owner)
        parse: Callable[[Raw], Parsed] = self._location if kind is Kind.LOCATIONS else parse_tariff
        raws, problems = (table.locations, table.problems) if kind is Kind.LOCATIONS else (table.tariffs, ())
        return Contents(raws, parse, problems, not table.nameless)

    def _take_prices(self) -> bool:
        """Whether the status publication has newer prices than those that are known."""
        if self._prices is None:
            return False
        look = self._prices.look()
        if look.content is None:
            return False
        found = read_statuses(look.content, self._prices.name)
        self._prices.accept(look)
        updates = found.updates if found.complete else {**self._updates, **found.updates}
        changed, self._updates = updates != self._updates, updates
        return changed

    def _location(self, raw: Raw) -> Parsed:
        return with_stations(parse_location(raw), self.settings)


def _parsed(found: Statuses, line: StatusLine) -> Parsed:
    return found.parse(StatusLine(*line))
