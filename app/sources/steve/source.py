"""Reading SteVe's tables."""

from __future__ import annotations

from app.clock import Clock, Millis
from app.errors import SourceError
from app.model.batch import Kind
from app.sources.base import Capabilities, SourceSettings
from app.sources.csms import CsmsSource, Found
from app.sources.sql import Database
from app.sources.steve.layout import Layout, layout_of, missing, read_catalogue
from app.sources.steve.locations import read_locations
from app.sources.steve.settings import SteveSettings
from app.sources.steve.statuses import read_tables, statuses


class SteveSource(CsmsSource):
    type = "steve"
    Settings = SteveSettings
    capabilities = Capabilities(frozenset({Kind.LOCATIONS, Kind.STATUSES}), at_hand=True)
    settings: SteveSettings

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._database = Database(self.name, self.settings.database, self.settings.timeout, layout_of({}).wanted)
        self._layout: Layout | None = None

    def read(self, kind: Kind, now: Millis) -> Found:
        try:
            with self._database.reading() as connection:
                self._layout = layout = self._layout or self._found_layout(read_catalogue(connection))
                if kind is Kind.LOCATIONS:
                    return read_locations(connection, layout, self.settings)
                tables = read_tables(connection, layout, now)
        except SourceError:
            self._layout = None  # it may have been upgraded
            raise
        return statuses(tables, self.settings, now)

    def _found_layout(self, catalogue: dict[str, frozenset[str]]) -> Layout:
        layout = layout_of(catalogue)
        if lacking := missing(layout, catalogue):
            raise self._database.lacks(lacking)
        self._database.wanted = layout.wanted
        return layout
